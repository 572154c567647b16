import { describe, expect, it } from '@jest/globals';
import { endOf, ends, executionOf, type Behaviour } from './run-execution.fixture.js';

describe('a run whose step failed', () => {
  const continuedOf = ({ facts }: ReturnType<typeof executionOf>): unknown[] =>
    facts.flatMap((fact) => (fact.kind === 'stepFinished' ? [[fact.index, fact.try, fact.outcome, fact.continued]] : []));

  it('goes on after a step that may fail, and has succeeded where only such steps failed', async () => {
    const run = executionOf([['fail', 'fail'], ['timeout', 'timeout'], ['ok']], { retries: 1, continued: [0, 1], recovery: [['ok']] });
    expect(await endOf(run)).toMatchObject({ status: 'succeeded', exitCode: 0, output: 'fine', reason: null });
    expect(continuedOf(run)).toEqual([
      [0, 1, 'failed', undefined],
      [0, 2, 'failed', true],
      [1, 1, 'timed_out', undefined],
      [1, 2, 'timed_out', true],
      [2, 1, 'succeeded', undefined],
    ]);
  });

  it('does not go on after its own time-out, whatever the step may', async () => {
    const run = executionOf([['hang'], ['ok']], { timeoutSeconds: 3, continued: [0] });
    expect(await endOf(run)).toMatchObject({ status: 'timed_out', reason: { code: 'RUN_TIMED_OUT' } });
    expect(continuedOf(run)).toEqual([[0, 1, 'timed_out', undefined]]);
  });

  it.each([0, 1, 2])('recovers from its step %i, and says which it was', async (failing) => {
    const steps = [0, 1, 2].map((index): Behaviour[] => [index === failing ? 'fail' : 'ok']);
    const run = executionOf(steps, { recovery: [['ok'], ['ok']] });
    expect(await endOf(run)).toMatchObject({ status: 'failed', exitCode: 2 });
    expect(run.facts).toContainEqual(expect.objectContaining({ kind: 'recovering', failedStep: failing }));
    expect(run.failures).toEqual([
      { name: `s${failing}`, index: failing, exitCode: 2, signal: null, reason: { code: 'STEP_FAILED', message: ends.fail.message } },
    ]);
  });

  it.each<[string, Behaviour, string]>([
    ['failed', 'ok', 'failed'],
    ['recovery_failed', 'fail', 'recovery_failed'],
  ])('that was lost with an earlier life of its agent is only recovered from, and ends %s', async (_what, undo, status) => {
    const reason = { code: 'AGENT_CRASHED' as const, message: 'the agent ended' };
    const run = executionOf([['ok'], ['ok']], { recovery: [[undo]], recover: { failedStep: 1, reason } });
    expect(await endOf(run)).toMatchObject({ status, reason: { code: 'AGENT_CRASHED' } });
    expect(run.facts.flatMap((fact) => ('phase' in fact ? [fact.phase] : []))).toEqual(['recovery', 'recovery']);
    expect(run.failures).toEqual([{ name: 's1', index: 1, exitCode: null, signal: null, reason }]);
  });

  it('that ran out of time between two tries recovers from that step', async () => {
    const run = executionOf([['ok'], ['fail', 'ok']], { retries: 1, retryDelaySeconds: 50, timeoutSeconds: 3, recovery: [['ok']] });
    expect(await endOf(run)).toMatchObject({ status: 'failed', reason: { code: 'RUN_TIMED_OUT' } });
    expect(run.failures).toMatchObject([{ name: 's1', index: 1, reason: { code: 'RUN_TIMED_OUT' } }]);
  });

  it('whose deadline has passed before its first step has nothing to recover from', async () => {
    const run = executionOf([['ok']], { deadlineMs: 0, recovery: [['ok']] });
    expect(await endOf(run)).toMatchObject({ status: 'timed_out', reason: { code: 'DEADLINE_PASSED' } });
    const resumed = executionOf([['ok'], ['ok']], { deadlineMs: 0, firstStep: 1, recovery: [['ok']] });
    expect(await endOf(resumed)).toMatchObject({ status: 'failed', reason: { code: 'DEADLINE_PASSED' } });
    expect(resumed.failures).toMatchObject([{ name: 's1', index: 1 }]);
  });
});
