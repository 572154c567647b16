import { describe, expect, it } from '@jest/globals';
import { Task, type Run, type StepResult } from '@klevr/contracts/task';
import { after, t0 } from '../runs/run-row.fixture.js';
import { eventBody, largestBytes, taskBody, type Told } from './callback-body.js';
import type { Body } from './receiver.fixture.js';

const iso = (seconds: number): string => after(seconds).toISOString();

const stepOf = (index: number, changes: Partial<StepResult> = {}): StepResult => ({
  ...{ phase: 'step', index, name: `step ${index}`, tries: 1, outcome: 'succeeded', exitCode: 0, signal: null, output: `out ${index}` },
  ...{ startedAt: iso(index), finishedAt: iso(index + 1), attempt: 1 },
  ...changes,
});

const runOf = (changes: Partial<Run> = {}): Run => ({
  ...{ id: 'run_1', taskId: 'task_1', zoneId: 'zone_1', agentId: 'agt_1', status: 'succeeded', reason: null, attempt: 1, epoch: 5 },
  ...{ createdAt: iso(0), dispatchedAt: iso(0), acceptedAt: iso(0), startedAt: iso(0), finishedAt: iso(9), exitCode: 0, output: 'all' },
  ...{ batch: null, logCut: false, lateResult: { status: 'failed' }, steps: [stepOf(0), stepOf(1), stepOf(0, { phase: 'recovery' })] },
  attempts: [
    {
      ...{
        number: 1,
        agentId: 'agt_1',
        session: 'ses_1',
        epoch: 5,
        sentAt: iso(0),
        acceptedAt: iso(0),
        startedAt: iso(0),
        finishedAt: iso(9),
      },
      ...{ outcome: 'succeeded', reason: null, firstStep: 0 },
    },
  ],
  ...changes,
});

const task = {
  ...{
    id: 'task_1',
    name: 'a task',
    zoneId: 'zone_1',
    zoneName: 'z',
    status: 'succeeded',
    reason: null,
    finishedAt: iso(9),
    parameters: {},
  },
  steps: [
    { name: 'one', use: 'Noop' },
    { name: 'two', use: 'Noop' },
  ],
  ...{ recovery: [], runs: { total: 1, byStatus: { succeeded: 1 } }, createdAt: iso(0), createdBy: 'tester' },
  callbacks: [
    { id: 'cb_1', url: 'https://example.test/mine', on: ['all'] },
    { id: 'cb_2', url: 'https://example.test/other', on: ['all'] },
  ],
} as unknown as Task;

const then = {
  ...{ id: 'run_1', state: 'running' as const, attempt: 1, epoch: 5, agentId: 'agt_1', dispatchedAt: iso(0), acceptedAt: iso(0) },
  startedAt: iso(0),
};
const told = (detail: Told['detail'], type = 'task.finished', callbackId: string | null = 'cb_1'): Told => ({
  type,
  createdAt: t0,
  callbackId,
  detail,
});
const read = (text: string): Body & { data: { task: Task; runs: Run[] } } => JSON.parse(text) as never;

describe('the body of a message', () => {
  it('has the whole task and its runs at its end', () => {
    const { type, timestamp, data } = read(taskBody(told({ kind: 'end' }), task, [runOf()]));
    expect({ type, timestamp }).toEqual({ type: 'task.finished', timestamp: iso(0) });
    expect(data.task).toMatchObject({ id: 'task_1', status: 'succeeded', finishedAt: iso(9) });
    expect(data.runs).toEqual([runOf()]);
    expect(data).not.toHaveProperty('shortened');
  });

  it('names only the callback that it is sent to, and none to a webhook', () => {
    const urls = (callbackId: string | null): string[] =>
      read(taskBody(told({ kind: 'end' }, 'task.finished', callbackId), task, [])).data.task.callbacks.map(({ url }) => url);
    expect(urls('cb_2')).toEqual(['https://example.test/other']);
    expect(urls(null)).toEqual([]);
  });

  it('knows at the beginning nothing of the end', () => {
    const { data } = read(taskBody(told({ kind: 'begun', run: then }, 'task.started'), task, [runOf()]));
    expect(data.task).toMatchObject({ status: 'running', finishedAt: null, runs: { total: 1, byStatus: { running: 1 } } });
    expect(data.runs).toMatchObject([{ status: 'running', finishedAt: null, exitCode: null, output: null, steps: [] }]);
    expect(data.runs[0]).not.toHaveProperty('lateResult');
    expect(data.runs[0]?.attempts).toMatchObject([{ number: 1, outcome: null, finishedAt: null }]);
  });

  it('knows after a step the steps up to it, and of many runs the counts as they are', () => {
    const { startedAt, finishedAt, name: _, ...step } = stepOf(1);
    const detail = { kind: 'step' as const, run: then, step: { ...step, startedAt, finishedAt } };
    const many = { ...task, runs: { total: 2, byStatus: { succeeded: 1, running: 1 } } };
    const { data } = read(taskBody(told(detail, 'task.step'), many, [runOf()]));
    expect(data.step).toMatchObject({ name: 'two', index: 1, output: 'out 1', runId: 'run_1' });
    expect(data.runs[0]?.steps.map(({ phase, index }) => `${phase} ${index}`)).toEqual(['step 0', 'step 1']);
    expect(data.task).toMatchObject({ status: 'running', runs: { byStatus: { succeeded: 1, running: 1 } } });
  });

  it('does not count a later try of a step as ended before', () => {
    const { name: _, ...step } = stepOf(0, { outcome: 'failed', finishedAt: iso(1) });
    const run = runOf({ steps: [stepOf(0, { tries: 2, finishedAt: iso(5) })] });
    const { data } = read(taskBody(told({ kind: 'step', run: then, step }, 'task.step'), task, [run]));
    expect(data.runs[0]?.steps).toEqual([]);
    expect(data.step).toMatchObject({ outcome: 'failed', tries: 1 });
  });

  it('tells of a run that ended that others go on', () => {
    const open = read(taskBody(told({ kind: 'run', runId: 'run_1', open: true }, 'task.run'), task, [runOf()]));
    expect(open.data).toMatchObject({
      task: { status: 'running', finishedAt: null },
      run: { id: 'run_1', status: 'succeeded' },
      runs: [{ id: 'run_1' }],
    });
    const last = read(taskBody(told({ kind: 'run', runId: 'run_1', open: false }, 'task.run'), task, [runOf()]));
    expect(last.data.task).toMatchObject({ status: 'succeeded', finishedAt: iso(9) });
  });

  it('has at most 2 MiB, whatever was written and asked for, and says that it was shortened', () => {
    const large = 'ü'.repeat(32_768);
    const runs = Array.from({ length: 1_000 }, (_, index) => runOf({ id: `run_${index}`, output: large }));
    const huge = { ...task, parameters: { large: large.repeat(80) } };
    const noisy = read(taskBody(told({ kind: 'end' }), task, runs));
    expect(noisy.data.runs).toHaveLength(1_000);
    expect(noisy.data).toMatchObject({ shortened: true, runs: { 0: { output: null, steps: [] } }, task: { steps: [{}, {}] } });
    const longReason = { code: 'STEP_FAILED' as const, message: 'x'.repeat(2_000), since: iso(0) };
    for (const [of, all] of [
      [huge, [runOf()]],
      [huge, runs.map((run) => ({ ...run, reason: longReason }))],
    ] as const) {
      const text = taskBody(told({ kind: 'end' }), of, all);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(largestBytes);
      expect(read(text).data).toMatchObject({ shortened: true, task: { id: 'task_1', steps: [], parameters: {} } });
    }
  });

  it('of an event is the event', () => {
    const event = { id: 'msg_1', time: iso(0), type: 'host.lost' as const, zoneId: 'zone_1', subjectId: 'agt_1', data: { cause: 'x' } };
    expect(JSON.parse(eventBody({ kind: 'event', event }))).toEqual({ type: 'host.lost', timestamp: iso(0), data: { event } });
  });
});
