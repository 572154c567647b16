import { spawn } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { isPortFree } from '@klevr/launcher/free-ports';
import { workspaceRoot } from '@klevr/launcher/klevr-home';
import { Secret } from '@klevr/recipes/secret';
import { eventually } from '@klevr/testing/eventually';
import type { DriverSession } from '../driver.js';
import { killedWorker } from './killed-worker.fixture.js';
import { MonitoredZone } from './monitored-zone.fixture.js';
import { bucketsOfShard } from './shard-buckets.js';
import { consecutivePorts, StackBed } from './stack-bed.fixture.js';

const goodRule = `groups:
  - name: agents
    rules:
      - alert: AgentBeaconDown
        expr: up{job="klevr-agents"} == 0
        for: 0s
        labels: { severity: critical }
`;
const badRule = goodRule.replace('== 0', '=== 0');
const waitMs = 30_000;

describe('a monitoring stack of the real programs', () => {
  const resource = { id: newId('resource'), name: 'monitoring' };
  const ref: { bed?: StackBed; zone?: MonitoredZone; port?: number } = {};
  const bed = (): StackBed => ref.bed ?? missing();
  const zone = (): MonitoredZone => ref.zone ?? missing();
  const missing = (): never => {
    throw new Error('the bed is not open');
  };

  const spec = (shards = 1) => ({
    prometheus: { port: ref.port, shards },
    scrape: {
      intervalSeconds: 1,
      httpSd: [
        {
          ...{ job: 'klevr-agents', url: `${zone().url}/api/v1/prometheus/targets`, refreshSeconds: 1 },
          bearer: new Secret('GATEWAY_TOKEN', zone().token, resource.id),
          relabel: [{ action: 'labelmap', regex: '__meta_klevr_(agent|zone)' }],
        },
      ],
    },
    rules: ['rules/agents.yml'],
    alertmanager: {
      port: (ref.port ?? 0) + 3,
      receivers: [{ name: 'hook', webhook: { url: `${zone().url}/alerts`, bearer: new Secret('HOOK_TOKEN', 'hook-token', resource.id) } }],
      route: { receiver: 'hook', groupBy: ['alertname'], groupWaitSeconds: 0, groupIntervalSeconds: 1 },
    },
    nodeExporter: { port: (ref.port ?? 0) + 4 },
  });
  const session = async <T>(work: (session: DriverSession) => Promise<T>, wish: object = spec()): Promise<T> => {
    const driver = bed().driver();
    const opened = await driver.open(await bed().work({ resource, spec: wish }));
    return work(opened).finally(() => driver.close());
  };
  const plan = (wish?: object) => session((opened) => opened.plan({ present: true }), wish);
  const drift = async (wish?: object) =>
    (await plan(wish)).filter(({ action }) => action !== 'none' && action !== 'keep').map(({ part, action }) => `${action} ${part}`);
  const apply = (wish?: object) =>
    session(async (opened) => opened.carryOut(await opened.plan({ present: true }), { present: true }, () => Promise.resolve()), wish);
  const ask = async <T>(path: string, port = ref.port): Promise<T> =>
    ((await (await fetch(`http://127.0.0.1:${port}${path}`)).json()) as { data: T }).data;
  const pids = async () => Object.fromEntries((await bed().processes(resource.id)).map(({ name, pid }) => [name, pid]));
  const rule = (text: string) => writeFile(join(bed().folder, 'recipe/rules/agents.yml'), text);

  beforeAll(async () => {
    ref.bed = await StackBed.open();
    ref.zone = await MonitoredZone.open(['agt_one', 'agt_two'], 'gateway-token');
    ref.port = await consecutivePorts(5);
    await mkdir(join(bed().folder, 'recipe/rules'), { recursive: true });
    await rule(goodRule);
  }, 180_000);
  afterAll(async () => {
    await ref.bed?.close();
    await ref.zone?.close();
  });

  it('scrapes the beacons that the gateway lists, with a token that lies in a file of its own', async () => {
    await apply();
    expect(await drift()).toEqual([]);
    type Target = { labels: Record<string, string>; health: string };
    const up = await eventually('both beacons are scraped', waitMs, async () => {
      const { activeTargets } = await ask<{ activeTargets: Target[] }>('/api/v1/targets?state=active');
      const good = activeTargets.filter(({ labels, health }) => labels['job'] === 'klevr-agents' && health === 'up');
      return good.length === 2 ? good : undefined;
    });
    expect(up.map(({ labels }) => `${labels['zone']} ${labels['agent']}`).toSorted()).toEqual(['seoul agt_one', 'seoul agt_two']);
    const { result } = await ask<{ result: unknown[] }>('/api/v1/query?query=klevr_agent_connected');
    expect(result.length).toBe(2);

    const secrets = bed().stack(resource.id, 'secrets');
    for (const name of await readdir(secrets)) expect((await stat(join(secrets, name))).mode & 0o777).toBe(0o600);
    const config = await readFile(bed().stack(resource.id, 'config/prometheus.yml'), 'utf8');
    expect(config).not.toContain('gateway-token');
    expect((await stat(bed().stack(resource.id, 'config/prometheus.yml'))).mode & 0o777).toBe(0o640);
    expect(JSON.stringify(await readFile(bed().stack(resource.id, 'stack.json'), 'utf8'))).not.toContain('gateway-token');
  }, 60_000);

  it('tells somebody by a webhook that a beacon is gone, and shows it', async () => {
    zone().loseAgent('agt_two');
    const told = await eventually('the alert arrives', waitMs, () => zone().firing('AgentBeaconDown'));
    expect(told.alerts[0]?.labels).toMatchObject({ agent: 'agt_two', zone: 'seoul', severity: 'critical' });
    expect(told.authorization).toBe('Bearer hook-token');
    const { parts, values } = await session((opened) => opened.observe());
    expect(values).toMatchObject({ url: `http://127.0.0.1:${ref.port}`, targetsDown: 1, alerts: ['AgentBeaconDown'] });
    expect(parts.filter(({ part }) => part.startsWith('process/')).map(({ part, state }) => `${part} ${state}`)).toEqual([
      'process/prometheus running',
      'process/alertmanager running',
      'process/node-exporter running',
    ]);
    expect(await session((opened) => opened.engineHealth('process/alertmanager'))).toMatchObject({ state: 'healthy' });
  }, 60_000);

  it("refuses a bad rule with promtool's words, and nothing of what was there changes", async () => {
    const before = await pids();
    const config = await readFile(bed().stack(resource.id, 'config/rules/rules-agents.yml'), 'utf8');
    await rule(badRule);
    const states: string[] = [];
    const broken = session(async (opened) => {
      const changes = await opened.plan({ present: true });
      const lines = changes.find(({ part }) => part === 'config/rules/rules-agents.yml')?.fields[0];
      expect(lines).toMatchObject({ path: 'lines', before: expect.stringContaining('== 0'), after: expect.stringContaining('=== 0') });
      await opened.carryOut(
        changes,
        { present: true },
        async ({ part }, state, message) => void states.push(`${part} ${state} ${message ?? ''}`),
      );
    });
    await expect(broken).rejects.toThrow(/promtool refuses config\/prometheus.yml: [^]*could not parse expression/);
    expect(states.at(-1)).toMatch(/^config\/rules\/rules-agents.yml failed promtool refuses/);
    expect(await readFile(bed().stack(resource.id, 'config/rules/rules-agents.yml'), 'utf8')).toBe(config);
    expect(await readdir(bed().stack(resource.id))).toEqual(['config', 'data', 'log', 'run', 'secrets', 'stack.json']);
    expect(await pids()).toEqual(before);
    await rule(goodRule.replace('severity: critical', 'severity: page'));
    await apply();
    expect(await drift()).toEqual([]);
    // Read again by the same processes.
    expect(await pids()).toEqual(before);
    type Rules = { groups: { rules: { labels: Record<string, string> }[] }[] };
    expect((await ask<Rules>('/api/v1/rules')).groups[0]?.rules[0]?.labels['severity']).toBe('page');
  }, 60_000);

  it('has three shards of which each scrapes its own, and one again that has all; what the others had is kept', async () => {
    const before = await pids();
    await apply(spec(3));
    expect(await drift(spec(3))).toEqual([]);
    const after = await pids();
    expect(after).toMatchObject(before);
    expect(Object.keys(after)).toEqual(expect.arrayContaining(['prometheus', 'prometheus-1', 'prometheus-2']));
    type Target = { labels: Record<string, string> };
    await eventually('every beacon has one shard', waitMs, async () => {
      const of = await Promise.all(
        [0, 1, 2].map(async (shard) => {
          const { activeTargets } = await ask<{ activeTargets: Target[] }>('/api/v1/targets?state=active', (ref.port ?? 0) + shard);
          return activeTargets.flatMap(({ labels }) => (labels['job'] === 'klevr-agents' ? [labels['instance']] : []));
        }),
      );
      return of.flat().length === 2 && new Set(of.flat()).size === 2 ? true : undefined;
    });
    const config = await readFile(bed().stack(resource.id, 'config/prometheus-2.yml'), 'utf8');
    expect(config).toContain(bucketsOfShard(2, 3));

    const smaller = await plan(spec(1));
    expect(smaller.find(({ part }) => part === 'data/prometheus-1')).toMatchObject({ action: 'keep' });
    await apply(spec(1));
    expect(await drift(spec(1))).toEqual([]);
    expect(await pids()).toEqual(before);
    expect(await readdir(bed().stack(resource.id, 'data'))).toEqual(['alertmanager', 'prometheus', 'prometheus-1', 'prometheus-2']);
    // Two programs change places: neither is taken for a stranger on the other's port.
    const first = ref.port ?? 0;
    const swapped = { ...spec(1), prometheus: { port: first + 4, deleteDataOfRemovedShards: true }, nodeExporter: { port: first } };
    await apply(swapped);
    expect(await drift(swapped)).toEqual([]);
    expect(await readdir(bed().stack(resource.id, 'data'))).toEqual(['alertmanager', 'prometheus']);
    await apply();
  }, 60_000);

  it('is told at once that a program was ended or a file changed by hand, though another worker started it, and mends both', async () => {
    const driver = bed().driver();
    const heard: string[] = [];
    const [engine] = await driver.engines();
    const watch = await driver.watch?.(engine ?? missing(), (id, what) => void (id === resource.id && heard.push(what)));
    const before = await pids();
    await bed().kill(resource.id, 'alertmanager');
    await eventually('the end is told', waitMs, () => heard.find((what) => what === 'alertmanager ended'));
    expect(await drift()).toEqual(['create process/alertmanager']);
    await apply();
    const healed = await pids();
    expect(healed).toMatchObject({ prometheus: before['prometheus'], 'node-exporter': before['node-exporter'] });
    expect(healed['alertmanager']).not.toBe(before['alertmanager']);

    await appendFile(bed().stack(resource.id, 'config/prometheus.yml'), '# by hand\n');
    await eventually('the change is told', waitMs, () => heard.find((what) => what === 'config/prometheus.yml changed'));
    expect(await drift()).toEqual(['update config/prometheus.yml', 'update process/prometheus']);
    await apply();
    expect(await drift()).toEqual([]);
    expect(await pids()).toEqual(healed);
    await watch?.stop();
    await driver.close();
  }, 60_000);

  it('compares without the secrets themselves, as a worker that started again must', async () => {
    const known = spec();
    const forgotten = (fingerprint: string) => ({
      ...known,
      scrape: {
        ...known.scrape,
        httpSd: known.scrape.httpSd.map((sd) => ({ ...sd, bearer: new Secret('GATEWAY_TOKEN', { fingerprint }) })),
      },
    });
    const bearer = known.scrape.httpSd[0]?.bearer;
    expect(await drift(forgotten(bearer?.fingerprint ?? ''))).toEqual([]);
    expect(await drift(forgotten('another'))).toEqual(['update secret/discovery-klevr-agents-bearer']);
    await appendFile(bed().stack(resource.id, 'secrets/discovery-klevr-agents-bearer'), 'x');
    expect(await drift(forgotten(bearer?.fingerprint ?? ''))).toEqual(['update secret/discovery-klevr-agents-bearer']);
    await apply();
    expect(await drift()).toEqual([]);
  }, 60_000);

  it('goes on where a worker was killed while it started a program, and starts nothing twice', async () => {
    await bed().kill(resource.id, 'prometheus');
    await eventually('it is gone', waitMs, async () => ((await pids())['prometheus'] === undefined ? true : undefined));
    const worker = spawn(process.execPath, ['--input-type=module', '-e', killedWorker], {
      cwd: join(workspaceRoot, 'libs/drivers'),
      env: { PATH: process.env['PATH'], STACK: JSON.stringify({ resource, port: ref.port, bed: bed() }) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    await eventually('it starts the program', waitMs, async () => (await pids())['prometheus']);
    worker.kill('SIGKILL');
    await ended;
    await apply();
    expect(await drift()).toEqual([]);
    const running = (await bed().processes(resource.id)).filter(({ name }) => name === 'prometheus');
    expect(running.length).toBe(1);
  }, 60_000);

  it('is gone with all that belongs to it, and its port is free', async () => {
    const gone = { present: false, deleteData: true } as const;
    await session(async (opened) => opened.carryOut(await opened.plan(gone), gone, () => Promise.resolve()));
    expect(await bed().processes(resource.id)).toEqual([]);
    expect(await readdir(join(bed().folder, 'host/stacks'))).toEqual([]);
    expect(await isPortFree(ref.port ?? 0)).toBe(true);
  }, 60_000);
});
