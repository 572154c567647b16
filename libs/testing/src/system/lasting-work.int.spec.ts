import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Event } from '@klevr/contracts/event';
import type { Run, Task } from '@klevr/contracts/task';
import { eventually } from '../eventually.js';
import { processRuns } from './process-state.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

/** Work that ends by a word, begins at a time, outlasts its agent, or goes on elsewhere; on real agents. */
describe('lasting work', () => {
  let open: SystemBed;
  beforeAll(async () => {
    open = await openSystemBed({ agents: 3, taskManagers: 2 });
  }, 90_000);
  afterAll(() => open.close(), 60_000);

  const runOf = async ({ id }: Task): Promise<Run> => {
    const [run] = await open.system.api.runs(id);
    if (run === undefined) throw new Error('the task has no run');
    return run;
  };
  const running = (task: Task): Promise<Run> =>
    eventually('the running of it', 15_000, async () => {
      const run = await runOf(task);
      return run.status === 'running' ? run : undefined;
    });
  const create = (task: object): Promise<Task> => open.system.api.createTask({ name: 'lasting', zone: open.system.zone, ...task });
  const linesOf = async (file: string): Promise<string[]> => (await readFile(file, 'utf8')).trim().split('\n');
  /** Three steps, each of which leaves a word; the second one takes its time the first time. */
  const threeSteps = (file: string): object[] => [
    { name: 'one', run: `echo one >> ${file}; echo from-one > "$KLEVR_OUTPUT"` },
    { name: 'two', run: `echo "two after $(cat "$KLEVR_PREVIOUS")" >> ${file}; if [ "$KLEVR_ATTEMPT" = 1 ]; then sleep 600; fi` },
    { name: 'three', run: `echo three >> ${file}` },
  ];

  it('ends within a second of its canceling', async () => {
    const tookMs: number[] = [];
    for (let round = 0; round < 5; round++) {
      const task = await create({ target: { any: '' }, steps: [{ name: 'long', run: 'sleep 600' }] });
      await running(task);
      const from = performance.now();
      await open.system.api.post(`/tasks/${task.id}/cancel`, {});
      await eventually('its end', 10_000, async () => ((await runOf(task)).status === 'canceled' ? true : undefined));
      tookMs.push(performance.now() - from);
    }
    expect(Math.max(...tookMs)).toBeLessThan(1_000);
  }, 60_000);

  it('begins at its time, and tells of it', async () => {
    const events = await open.system.api.follow(`?zone=${open.system.zone}&type=task.status`);
    const at = new Date(Date.now() + 1_500).toISOString();
    const task = await create({ target: { any: '' }, steps: [{ name: 'only', use: 'Noop' }], schedule: { at } });
    expect(task.status).toBe('scheduled');
    await open.system.api.taskEnd(task.id);
    const { startedAt } = await runOf(task);
    expect(Date.parse(startedAt ?? '') - Date.parse(at)).toBeGreaterThanOrEqual(-50);
    expect(Date.parse(startedAt ?? '') - Date.parse(at)).toBeLessThan(1_000);
    const told = (): unknown[] =>
      events.events
        .map(({ data }) => data as Event)
        .filter(({ subjectId }) => subjectId === task.id)
        .map(({ data }) => data['status']);
    await events.until('its beginning and its end are told', () => told().length >= 2);
    events.hangUp();
    expect(told()).toEqual(['running', 'succeeded']);
  }, 60_000);

  it('is begun again by its agent after that was killed, once what was left of it is gone', async () => {
    const file = join(open.bed.folder, 'killed');
    const agentId = await open.system.agentId('agent-1');
    const run = `echo "$KLEVR_ATTEMPT $$" >> ${file}; if [ "$KLEVR_ATTEMPT" = 1 ]; then sleep 600; fi`;
    const policy = { execution: 'atLeastOnce', retryPolicy: { delaySeconds: 0.5 } };
    const task = await create({ target: { agent: agentId }, steps: [{ name: 'long', run }], ...policy });
    await eventually('its first attempt', 15_000, () => linesOf(file).catch(() => undefined));
    await open.system.killAndStartAgain('agent-1');
    expect((await open.system.api.taskEnd(task.id, 60_000)).status).toBe('succeeded');
    expect((await runOf(task)).attempts).toMatchObject([{ outcome: 'lost', reason: { code: 'AGENT_CRASHED' } }, { outcome: 'succeeded' }]);
    const attempts = await linesOf(file);
    expect(attempts.map((line) => line.split(' ')[0])).toEqual(['1', '2']);
    expect(processRuns(Number(attempts[0]?.split(' ')[1]))).toBe(false);
  }, 90_000);

  it('is gone on with by another agent when its own is stopped, and no step is done twice', async () => {
    const file = join(open.bed.folder, 'stopped');
    const task = await create({ target: { any: '' }, steps: threeSteps(file), resumable: true });
    await eventually('its second step', 15_000, async () => ((await linesOf(file).catch(() => [])).length === 2 ? true : undefined));
    const { agentId } = await runOf(task);
    const name = await open.system.nameOf(agentId ?? '');
    await open.system.stopOne(name);
    expect((await open.system.api.taskEnd(task.id, 60_000)).status).toBe('succeeded');
    const run = await runOf(task);
    expect(run.agentId).not.toBe(agentId);
    expect(run.attempts).toMatchObject([
      { agentId, outcome: 'lost', reason: { code: 'AGENT_STOPPED' } },
      { firstStep: 1, outcome: 'succeeded' },
    ]);
    expect(run.steps.map((step) => [step.name, step.attempt])).toEqual([
      ['one', 1],
      ['two', 2],
      ['three', 2],
    ]);
    expect(await linesOf(file)).toEqual(['one', 'two after from-one', 'two after from-one', 'three']);
    await open.system.startAgain(name);
    await open.system.settled();
  }, 120_000);
});
