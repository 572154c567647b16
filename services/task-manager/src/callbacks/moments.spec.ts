import { callbackFilters, type CallbackFilter } from '@klevr/contracts/callback';
import { terminalStatuses, type TerminalStatus } from '@klevr/contracts/task';
import { describe, expect, it } from '@jest/globals';
import type { TaskEnd } from '../runs/run-events.js';
import type { RunState } from '../runs/run-state.js';
import { after, sentRun, t0 } from '../runs/run-row.fixture.js';
import { mayConcernCallbacks, momentsOf, toldBits, wants, type Moment, type StepEnd } from './moments.js';

const place = { taskId: 'task_1', zoneId: 'zone_1' };
const run = sentRun().row;
const end = (status: TerminalStatus, hasCallbacks = false): TaskEnd => ({
  ...{ id: 'task_1', zoneId: 'zone_1', name: 'a task', status, reason: null, hasCallbacks },
});
const step: StepEnd = {
  ...{ run, attempt: 1, phase: 'step', index: 0, tries: 1, outcome: 'succeeded', exitCode: 0, signal: null, output: null },
  ...{ startedAt: t0, finishedAt: after(1) },
};
const moments: Record<string, Moment> = {
  'task.started': { type: 'task.started', run, ...place },
  'task.step': { type: 'task.step', run, step, ...place },
  'task.run': { type: 'task.run', run, ...place },
  succeeded: { type: 'task.finished', task: end('succeeded'), ...place },
  failed: { type: 'task.finished', task: end('failed'), ...place },
};

/** Of a task whose result is the same as the one's before. */
const expected: Record<CallbackFilter, readonly string[]> = {
  all: ['task.started', 'task.step', 'task.run', 'succeeded', 'failed'],
  conclusion: ['succeeded', 'failed'],
  'both-ends': ['task.started', 'succeeded', 'failed'],
  success: ['succeeded'],
  failure: ['failed'],
  'changed-result': [],
  'each-step': ['task.step'],
};

const told = (filters: CallbackFilter[], changed = false): string[] =>
  Object.keys(moments).filter((name) => {
    const moment = moments[name];
    return moment !== undefined && wants(filters, moment, () => changed);
  });

describe('what a callback is told', () => {
  it.each(callbackFilters)('with the filter %s', (filter) => expect(told([filter])).toEqual(expected[filter]));
  it('of a changed result', () => expect(told(['changed-result'], true)).toEqual(['succeeded', 'failed']));
  it('with several filters is what any of them tells', () => expect(told(['each-step', 'failure'])).toEqual(['task.step', 'failed']));
  it('with none is nothing', () => expect(told([])).toEqual([]));

  it.each(terminalStatuses)('as a failure or success where a task ends as %s', (status) => {
    const moment: Moment = { type: 'task.finished', task: end(status), ...place };
    expect(wants(['success'], moment, () => false)).toBe(status === 'succeeded');
    expect(wants(['failure'], moment, () => false)).toBe(status !== 'succeeded');
  });

  it('is asked of the callbacks only where a run says that they want it', () => {
    const [started, stepEnd, runEnd] = [moments['task.started'], moments['task.step'], moments['task.run']];
    const asked = (filters: CallbackFilter[]): boolean[] =>
      [started, stepEnd, runEnd].map((moment) => {
        if (moment === undefined || moment.type === 'task.finished') throw new Error('no such moment');
        return mayConcernCallbacks({ ...moment, run: { ...run, told: toldBits(filters) } });
      });
    expect(asked(['conclusion', 'success', 'failure', 'changed-result'])).toEqual([false, false, false]);
    expect(asked(['both-ends'])).toEqual([true, false, false]);
    expect(asked(['each-step'])).toEqual([false, true, false]);
    expect(asked(['all'])).toEqual([true, true, true]);
    expect([true, false].map((has) => mayConcernCallbacks({ type: 'task.finished', task: end('lost', has), ...place }))).toEqual([
      true,
      false,
    ]);
  });

  it('comes in the order of a life, also where it all happens at once', () => {
    const whole = sentRun();
    Object.assign(whole.row, { state: 'succeeded', startedAt: t0 });
    const types = momentsOf([whole], [step], [end('succeeded')]).map(({ type }) => type);
    expect(types).toEqual(['task.started', 'task.step', 'task.run', 'task.finished']);
  });

  it('is a beginning only where the run starts, and an end only where it ends', () => {
    const going = (before: RunState, state: RunState, startedAt: Date | null): string[] =>
      momentsOf([{ ...sentRun({ state: before }), row: { ...run, state, startedAt } }], [], []).map(({ type }) => type);
    expect(going('dispatched', 'accepted', null)).toEqual([]);
    expect(going('accepted', 'running', t0)).toEqual(['task.started']);
    expect(going('running', 'recovering', t0)).toEqual([]);
    expect(going('recovering', 'failed', t0)).toEqual(['task.run']);
    expect(going('queued', 'canceled', null)).toEqual(['task.run']);
    expect(going('failed', 'failed', t0)).toEqual([]);
  });
});
