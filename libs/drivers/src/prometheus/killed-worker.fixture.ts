/** A life of a worker in a process of its own: it brings up a stack of Prometheus alone, in place of the whole one. */
export const killedWorker = `
import { openPrometheusDriver } from '@klevr/drivers/prometheus/prometheus-driver';
import { SystemClock } from '@klevr/platform/clock';
const { resource, port, bed: { folder, programs } } = JSON.parse(process.env.STACK);
const host = folder + '/host';
const quiet = { debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => quiet };
const driver = openPrometheusDriver({ folder: host, clock: new SystemClock(), log: quiet, environment: { PATH: process.env.PATH }, settings: {} });
const [engine] = await driver.engines();
const session = await driver.open({
  engine, resource: { ...resource, zoneName: 'test', revision: 1 }, folder: host, state: {}, say() {}, signal: new AbortController().signal,
  spec: { binaries: { folder: programs }, prometheus: { port } }, files: { folder: '', list: () => [] },
});
const changes = (await session.plan({ present: true })).filter(({ part }) => part === 'process/prometheus');
await session.carryOut(changes, { present: true }, async () => {});
`;
