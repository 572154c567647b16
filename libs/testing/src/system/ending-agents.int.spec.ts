import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Run, Task } from '@klevr/contracts/task';
import { eventually } from '../eventually.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

/** Nothing is started again by itself here: what a supervisor would do with the exit code is its own test. */
describe('an agent that a task ends', () => {
  let open: SystemBed;
  beforeAll(async () => {
    open = await openSystemBed({ agents: 3 });
  }, 90_000);
  afterAll(() => open.close(), 90_000);

  const create = (task: object): Promise<Task> => open.system.api.createTask({ name: 'end', zone: open.system.zone, ...task });
  const use = (command: string, parameters: object = {}): object => ({ name: command, use: command, with: parameters });
  const onlyRun = async (taskId: string): Promise<Run> => {
    const [run] = await open.system.api.runs(taskId);
    if (run === undefined) throw new Error(`${taskId} has no run`);
    return run;
  };

  it('as the primary: the run has succeeded, another is primary at once, and what was meant for it waits', async () => {
    const { api, zone } = open.system;
    const before = await api.primary(zone);
    const name = await open.system.nameOf(before?.agentId ?? '');
    const task = await create({ target: { primary: true }, steps: [use('GracefulShutdownAgent', { waitSeconds: 5 })] });
    expect((await api.taskEnd(task.id)).status).toBe('succeeded');
    const after = await eventually('another primary', 10_000, async () => {
      const primary = await api.primary(zone);
      return primary !== null && primary.agentId !== before?.agentId ? primary : undefined;
    });
    await eventually('its end', 10_000, () => (open.system.lives(name) ? undefined : true));
    expect(await onlyRun(task.id)).toMatchObject({ agentId: before?.agentId, attempt: 1, status: 'succeeded' });
    expect(await api.agent(before?.agentId ?? '')).toMatchObject({ status: 'left' });
    const next = await eventually('its term', 10_000, async () =>
      (await api.terms(zone)).find(({ agentId, gapMs }) => agentId === after.agentId && gapMs !== null),
    );
    expect(next.gapMs).toBeLessThan(1_000);

    const waiting = await create({ target: { agent: before?.agentId }, steps: [use('Noop')] });
    expect((await onlyRun(waiting.id)).reason?.code).toBe('AGENT_OFFLINE');
    await open.system.startAgain(name);
    expect((await api.taskEnd(waiting.id)).status).toBe('succeeded');
  }, 60_000);

  it('by force: what ran on it is lost and says why, the task that ended it has succeeded', async () => {
    const { api, zone } = open.system;
    const agent = (await api.agents(zone)).find(({ isPrimary, status }) => !isPrimary && status === 'online');
    const target = { agent: agent?.id };
    const name = await open.system.nameOf(agent?.id ?? '');
    const work = await create({ target, steps: [{ name: 'work', run: 'sleep 1000' }] });
    await eventually('the work', 10_000, async () => ((await onlyRun(work.id)).status === 'running' ? true : undefined));
    const task = await create({ target, steps: [use('ForceShutdownAgent')] });
    expect((await api.taskEnd(task.id)).status).toBe('succeeded');
    expect(await api.taskEnd(work.id)).toMatchObject({ status: 'lost', reason: { code: 'AGENT_STOPPED' } });
    await eventually('its end', 10_000, () => (open.system.lives(name) ? undefined : true));
    await open.system.startAgain(name);
  }, 60_000);

  it('to start again: the run has succeeded in one attempt', async () => {
    const { api, zone } = open.system;
    const agent = (await api.agents(zone)).find(({ isPrimary, status }) => !isPrimary && status === 'online');
    const name = await open.system.nameOf(agent?.id ?? '');
    const task = await create({ target: { agent: agent?.id }, steps: [use('RestartAgent', { waitSeconds: 0 })] });
    await eventually('its end', 20_000, () => (open.system.lives(name) ? undefined : true));
    await open.system.startAgain(name);
    expect((await api.taskEnd(task.id)).status).toBe('succeeded');
    expect(await onlyRun(task.id)).toMatchObject({ attempt: 1, status: 'succeeded' });
  }, 60_000);
});
