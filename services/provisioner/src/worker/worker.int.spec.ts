import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';
import { newId } from '@klevr/contracts/ids';
import { thingsOf, type Things } from '@klevr/drivers/pretend/pretend-world';
import { NoResponderError, RequestTimeoutError } from '@klevr/messaging/bus-errors';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import { FakeProvisioner } from './fake-provisioner.fixture.js';
import { stepOf } from './steps.fixture.js';

const program = fileURLToPath(new URL('../../dist/worker/main.js', import.meta.url));
const three = `  things:
    - { kind: volume, name: data, data: true }
    - { kind: box, name: web, size: '{{ parameters.size }}' }
    - { kind: box, name: last }
`;
const sized = 'parameters: { type: object, properties: { size: { type: number, default: 1 } }, additionalProperties: false }';

describe('a worker of the provisioner', () => {
  let bed: TestBed;
  let centre: FakeCentre;
  let provisioner: FakeProvisioner;
  let worker: AgentProcess;
  let folder: string;
  let world: string;

  beforeAll(async () => {
    bed = await TestBed.open();
    centre = await FakeCentre.open(bed);
    centre.kind = 'worker';
    provisioner = await FakeProvisioner.open(bed, centre);
  }, 60_000);
  beforeEach(async () => {
    folder = join(bed.folder, newId('agent'));
    world = join(folder, 'engine', 'world.json');
    await mkdir(join(folder, 'engine'), { recursive: true });
    await again();
  }, 60_000);
  afterEach(async () => {
    provisioner.known = true;
    worker.kill('SIGKILL');
    await worker.exited;
  }, 30_000);
  afterAll(async () => {
    centre.close();
    await bed.close();
  }, 30_000);

  const again = async (): Promise<void> => {
    worker = await AgentProcess.start(centre, folder, { KLEVR_PRETEND_WORLD: world, KLEVR_WORKER_DRIVERS: 'pretend' }, program);
    await worker.line('engines');
  };
  const things = async (): Promise<Things> => thingsOf(await readFile(world, 'utf8').catch(() => undefined));
  const edit = async (change: (things: Things) => void): Promise<void> => {
    const now = await things();
    change(now);
    await writeFile(world, JSON.stringify({ things: now }));
  };
  const seenSince = (count: number) => provisioner.told.observed.slice(count);

  it('joins without standing, tells its engines, and takes what is for them', async () => {
    await centre.until('it has said hello', () => centre.hellos.length > 0);
    expect(centre.hellos.every(({ standing }) => !standing)).toBe(true);
    const claimed = (): ReturnType<typeof provisioner.claim> => provisioner.claim({ driver: 'pretend', engine: null });
    const { agentId, session } = await eventually('its engines are served', 20_000, claimed);
    expect({ agentId, session }).toEqual({ agentId: worker.id, session: centre.sessions.get(worker.id) });
    expect((await provisioner.claim({ driver: 'pretend', engine: world })).agentId).toBe(worker.id);
    await expect(provisioner.claim({ driver: 'pretend', engine: '/elsewhere' })).rejects.toThrow(RequestTimeoutError);
    worker.kill('SIGTERM');
    expect(await worker.exited).toBe(0);
    await expect(provisioner.claim({ driver: 'pretend', engine: null })).rejects.toThrow(NoResponderError);
  });

  it('plans, applies, sees drift by events, and destroys but for the data', async () => {
    const recipe = await provisioner.recipe('three', three, sized);
    const apply = stepOf(recipe, { parameters: { size: 4 } });
    const { resource } = apply;
    const planned = await provisioner.result(
      await provisioner.operate(worker.id, stepOf(recipe, { ...apply, operationId: newId('operation'), action: 'plan' })),
    );
    expect(planned).toMatchObject({ ok: true, plan: { summary: { create: 3 } } });
    expect(await things()).toEqual({});
    const run = await provisioner.operate(worker.id, { ...apply, planDigest: planned.plan?.digest ?? '' });
    const result = await provisioner.result(run);
    expect(result).toMatchObject({ ok: true, message: null, observation: { drift: [], engine: { id: world } } });
    expect((await things())[`${resource.id}/box/web`]).toMatchObject({ size: 4 });
    const told = provisioner.told.progress.filter(({ runId }) => runId === run.runId);
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, index) => index));
    expect(told.flatMap(({ steps }) => steps.map(({ index, state }) => `${index} ${state}`))).toEqual([
      '0 begun',
      '0 done',
      '1 begun',
      '1 done',
      '2 begun',
      '2 done',
    ]);
    const end = await centre.finished(run.runId);
    expect(JSON.parse(end.output ?? '')).toMatchObject({ ok: true, resource: 'web', parts: 3 });

    await provisioner.until('it looks after its apply', () =>
      provisioner.told.observed.some(({ resourceId }) => resourceId === resource.id),
    );
    const before = provisioner.told.observed.length;
    await edit((now) => void delete now[`${resource.id}/box/last`]);
    await provisioner.until('the drift is told', () => seenSince(before).some(({ observation }) => observation.drift.length > 0));
    expect(seenSince(before).at(-1)).toMatchObject({
      cause: 'event',
      revision: 1,
      observation: { drift: [{ part: 'box/last', action: 'create' }] },
    });

    const destroyed = await provisioner.result(await provisioner.operate(worker.id, stepOf(recipe, { action: 'destroy', resource })));
    expect(destroyed).toMatchObject({ ok: true, plan: { summary: { keep: 1, delete: 1 } } });
    expect(Object.keys(await things())).toEqual([`${resource.id}/volume/data`]);
  });

  it('that is killed in the middle of an apply goes on from there with the next attempt', async () => {
    const recipe = await provisioner.recipe('deadly', `${three}  stopWorkerAt: box/web\n`, sized);
    const step = stepOf(recipe);
    const lost = await provisioner.operate(worker.id, step);
    await worker.exited;
    expect(Object.keys(await things()).sort()).toEqual([`${step.resource.id}/box/web`, `${step.resource.id}/volume/data`]);
    await again();
    await centre.finished(lost.runId);
    const run = await provisioner.operate(worker.id, step, {}, { ...lost, attempt: 2, session: centre.sessions.get(worker.id) ?? '' });
    const result = await provisioner.result(run);
    expect(result).toMatchObject({ ok: true, plan: { summary: { none: 2, create: 1 } }, observation: { drift: [] } });
    expect(Object.keys(await things())).toHaveLength(3);
  });

  it('knows after a restart what it applied, without the secrets, and forgets what is not its own any more', async () => {
    const recipe = await provisioner.recipe('secretive', '  things:\n    - { name: web, secret: { fromCredential: DB_PASSWORD } }\n');
    const step = stepOf(recipe);
    const applied = await provisioner.operate(worker.id, step, { DB_PASSWORD: 'correct horse' });
    expect(await provisioner.result(applied)).toMatchObject({ ok: true });
    worker.kill('SIGKILL');
    await worker.exited;
    const kept = await readFile(join(folder, 'worker', 'resources', `${step.resource.id}.json`), 'utf8');
    expect(kept).toContain('DB_PASSWORD');
    expect(kept).not.toContain('correct horse');
    const before = provisioner.told.observed.length;
    provisioner.known = false;
    await again();
    await provisioner.until('it looks at its start', () => seenSince(before).some(({ cause }) => cause === 'start'));
    expect(seenSince(before)[0]).toMatchObject({ cause: 'start', observation: { drift: [], parts: [{ part: 'thing/web' }] } });
    await worker.line('the centre does not know this resource as one of this worker: it is forgotten here');
    expect(Object.keys(await things())).toHaveLength(1);
  });
});
