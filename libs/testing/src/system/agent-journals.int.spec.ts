import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Run } from '@klevr/contracts/task';
import { eventually } from '../eventually.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';
import { Witness } from './witness.fixture.js';

/** What the centre makes of an agent that died at each point of an attempt's life. */
describe('kill -9 of an agent', () => {
  let open: SystemBed;
  let witness: Witness;
  let agentId: string;
  let name: string;

  beforeAll(async () => {
    open = await openSystemBed({ agents: 2 });
  }, 90_000);
  beforeEach(async () => {
    const { api, zone } = open.system;
    await open.system.settled(2);
    witness = new Witness(join(open.bed.folder, `witness-${performance.now()}`));
    agentId = (await api.agents(zone)).find(({ isPrimary }) => !isPrimary)?.id ?? '';
    name = await open.system.nameOf(agentId);
  }, 60_000);
  afterAll(() => open.close(), 90_000);

  const create = async (run: string, more: object = {}): Promise<string> => {
    const task = { name: 'journal', zone: open.system.zone, target: { agent: agentId }, steps: [{ name: 'it', run }], ...more };
    return (await open.system.api.createTask(task)).id;
  };
  const onlyRun = async (taskId: string): Promise<Run> => {
    const [run] = await open.system.api.runs(taskId);
    if (run === undefined) throw new Error(`${taskId} has no run`);
    return run;
  };
  const ended = async (taskId: string): Promise<Run> => {
    await open.system.api.taskEnd(taskId, 60_000);
    return onlyRun(taskId);
  };
  const seen = (): Promise<true> => eventually('its line', 10_000, async () => ((await witness.lines()).length > 0 ? true : undefined));

  it('before the journal write: the run goes out again and runs once', async () => {
    await open.system.signal(name, 'SIGSTOP');
    const taskId = await create(witness.script());
    await eventually('the sending', 10_000, async () => ((await onlyRun(taskId)).dispatchedAt === null ? undefined : true));
    await open.system.killAndStartAgain(name);
    expect(await ended(taskId)).toMatchObject({ status: 'succeeded' });
    expect(await witness.lines()).toHaveLength(1);
  }, 90_000);

  it('after the spawn, before its report: the run is lost, and ran once', async () => {
    // It waits until the task-manager stands still, so nothing of the attempt but its acceptance can have been stored.
    const go = join(open.bed.folder, 'go');
    const taskId = await create(`while [ ! -e '${go}' ]; do sleep 0.02; done; ${witness.script()} sleep 1000`);
    await eventually('its acceptance', 10_000, async () => ((await onlyRun(taskId)).acceptedAt === null ? undefined : true));
    await open.system.signal('task-manager-1', 'SIGSTOP');
    await writeFile(go, '');
    await seen();
    await open.system.signal(name, 'SIGKILL');
    await open.system.signal('task-manager-1', 'SIGCONT');
    await open.system.startAgain(name);
    expect(await ended(taskId)).toMatchObject({ status: 'lost', reason: { code: 'AGENT_CRASHED' }, attempt: 1 });
    expect(await witness.lines()).toHaveLength(1);
  }, 90_000);

  it('after the exit, before the result: the run is lost, and ran once', async () => {
    const taskId = await create(`${witness.script()} kill -9 $PPID; exit 0`);
    await eventually('the end of the agent', 20_000, () => (open.system.lives(name) ? undefined : true));
    await open.system.startAgain(name);
    expect(await ended(taskId)).toMatchObject({ status: 'lost', reason: { code: 'AGENT_CRASHED' } });
    expect(await witness.lines()).toHaveLength(1);
  }, 90_000);

  it('with its journal wiped: the run is lost, and says that nobody can know', async () => {
    const taskId = await create(`${witness.script()} sleep 1000`);
    await seen();
    await open.system.signal(name, 'SIGKILL');
    await rm(join(open.system.agentDir(name), 'journal'));
    await open.system.startAgain(name);
    expect(await ended(taskId)).toMatchObject({ status: 'lost', reason: { code: 'JOURNAL_CHANGED' } });
    expect(await witness.lines()).toHaveLength(1);
  }, 90_000);

  it('that may be tried again: another attempt runs after the one that was cut off, not beside it', async () => {
    const taskId = await create(`echo "$KLEVR_ATTEMPT begins" >> '${witness.path}'; [ "$KLEVR_ATTEMPT" != 1 ] || sleep 1000`, {
      execution: 'atLeastOnce',
      retryPolicy: { delaySeconds: 0 },
    });
    await seen();
    await open.system.killAndStartAgain(name);
    expect(await ended(taskId)).toMatchObject({ status: 'succeeded', attempt: 2, attempts: [{ outcome: 'lost' }, {}] });
    expect(await witness.lines()).toEqual(['1 begins', '2 begins']);
  }, 90_000);
});
