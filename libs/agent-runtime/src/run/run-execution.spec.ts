import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { endOf, executionOf, type Behaviour } from './run-execution.fixture.js';
import { SecretsUnreadable } from './run-secrets.js';
import type { StopCause } from './run-stop.js';

describe('a run', () => {
  it('runs its steps one after the other and succeeds with the last output', async () => {
    const run = executionOf([['ok'], ['ok']]);
    expect(await endOf(run)).toEqual({ status: 'succeeded', exitCode: 0, output: 'fine', reason: null });
    expect(run.facts.map(({ kind }) => kind)).toEqual(['started', 'stepStarted', 'stepFinished', 'stepStarted', 'stepFinished']);
    expect(run.closed()).toBe(true);
  });

  it('tries a step again as often as it may, waiting longer each time', async () => {
    const run = executionOf([['fail', 'fail', 'ok']], { retries: 2 });
    const startMs = run.clock.nowMs();
    expect(await endOf(run)).toMatchObject({ status: 'succeeded' });
    const starts = run.facts.flatMap((fact) => (fact.kind === 'stepStarted' ? [fact.atMs - startMs] : []));
    expect(starts).toEqual([0, 1_000, 3_000]);
    expect(run.facts.flatMap((fact) => (fact.kind === 'stepStarted' ? [fact.try] : []))).toEqual([1, 2, 3]);
  });

  it.each<[string, Behaviour, Behaviour | undefined, string, string]>([
    ['fails with a failed step', 'fail', undefined, 'failed', 'STEP_FAILED'],
    ['times out with a step that does', 'timeout', undefined, 'timed_out', 'STEP_TIMED_OUT'],
    ['fails where the recovery worked', 'fail', 'ok', 'failed', 'STEP_FAILED'],
    ['fails where the recovery after a time-out worked', 'timeout', 'ok', 'failed', 'STEP_TIMED_OUT'],
    ['fails twice where the recovery did not work', 'fail', 'fail', 'recovery_failed', 'STEP_FAILED'],
  ])('%s', async (_, step, recovery, status, code) => {
    const run = executionOf([[step], ['ok']], recovery === undefined ? {} : { recovery: [[recovery]] });
    expect(await endOf(run)).toMatchObject({ status, reason: { code } });
    expect(run.facts.some(({ kind }) => kind === 'recovering')).toBe(recovery !== undefined);
    expect(run.facts.filter((fact) => fact.kind === 'stepStarted' && fact.phase === 'step')).toHaveLength(1);
  });

  it.each<[string, { timeoutSeconds?: number; deadlineMs?: number }, string]>([
    ['its time-out', { timeoutSeconds: 3 }, 'RUN_TIMED_OUT'],
    ['its deadline', { deadlineMs: 4_000 }, 'DEADLINE_PASSED'],
  ])('is ended by %s, and its step with it', async (_, limits, code) => {
    const run = executionOf([['hang']], limits);
    expect(await endOf(run)).toMatchObject({ status: 'timed_out', reason: { code } });
    expect(run.facts.at(-1)).toMatchObject({ kind: 'stepFinished', outcome: 'timed_out' });
  });

  it('whose deadline has passed runs no step', async () => {
    const run = executionOf([['ok']], { deadlineMs: 0 });
    expect(await endOf(run)).toMatchObject({ status: 'timed_out', reason: { code: 'DEADLINE_PASSED' } });
    expect(run.facts.map(({ kind }) => kind)).toEqual(['started']);
  });

  it('recovers after its time-out, and the recovery has a time-out too', async () => {
    const run = executionOf([['hang']], { timeoutSeconds: 3, recovery: [['hang']] });
    expect(await endOf(run)).toMatchObject({ status: 'recovery_failed', reason: { code: 'RUN_TIMED_OUT' } });
    expect(await endOf(executionOf([['hang']], { timeoutSeconds: 3, recovery: [['ok']] }))).toMatchObject({ status: 'failed' });
  });

  it.each<[StopCause, string, string, string]>([
    ['cancel', 'canceled', 'canceled', 'CANCELED_BY_USER'],
    ['agentStopping', 'lost', 'lost', 'AGENT_STOPPED'],
    ['superseded', 'canceled', 'canceled', 'AGENT_LOST'],
  ])('that is stopped by "%s" is %s and does not recover', async (cause, status, stepOutcome, code) => {
    const run = executionOf([['hang'], ['ok']], { recovery: [['ok']] });
    const ended = endOf(run);
    run.execution.stop(cause);
    expect(await ended).toMatchObject({ status, reason: { code } });
    expect(run.facts.at(-1)).toMatchObject({ kind: 'stepFinished', outcome: stepOutcome });
  });

  it('is canceled in the middle of its recovery', async () => {
    const run = executionOf([['fail']], { recovery: [['hang']] });
    const ended = endOf(run);
    await run.clock.advanceAsync(0);
    run.execution.stop('cancel', 'enough');
    expect(await ended).toMatchObject({ status: 'canceled', reason: { code: 'CANCELED_BY_USER', message: 'enough' } });
  });

  it('is canceled while it waits to try again', async () => {
    const run = executionOf([['fail', 'ok']], { retries: 1 });
    const ended = endOf(run);
    await run.clock.advanceAsync(0);
    run.execution.stop('cancel');
    expect(await ended).toMatchObject({ status: 'canceled' });
  });

  it('waits before a retry as long as its step says', async () => {
    const run = executionOf([['fail', 'fail', 'ok']], { retries: 2, retryDelaySeconds: 10 });
    const startMs = run.clock.nowMs();
    expect(await endOf(run)).toMatchObject({ status: 'succeeded' });
    const starts = run.facts.flatMap((fact) => (fact.kind === 'stepStarted' ? [fact.atMs - startMs] : []));
    expect(starts).toEqual([0, 10_000, 30_000]);
  });

  it('begins with the step that it is told', async () => {
    const run = executionOf([['fail'], ['ok'], ['ok']], { firstStep: 1 });
    expect(await endOf(run)).toMatchObject({ status: 'succeeded' });
    expect(run.facts.flatMap((fact) => (fact.kind === 'stepStarted' ? [fact.index] : []))).toEqual([1, 2]);
    expect(await endOf(executionOf([['fail']], { firstStep: 1 }))).toMatchObject({ status: 'succeeded' });
  });

  it('without a time-out has no limit, nor has its recovery', async () => {
    const run = executionOf([['hang']], { timeoutSeconds: null, recovery: [['hang']] });
    const ended = run.execution.run();
    await run.clock.advanceAsync(40 * 86_400_000);
    expect(run.facts.at(-1)).toMatchObject({ kind: 'stepStarted' });
    run.execution.stop('cancel');
    expect(await ended).toMatchObject({ status: 'canceled' });
  });

  it('whose secrets cannot be opened fails before its first step, and says so', async () => {
    const run = executionOf([['ok']], { recovery: [['ok']], secretsFault: new SecretsUnreadable('credential DB cannot be used') });
    expect(await endOf(run)).toEqual({
      ...{ status: 'failed', exitCode: null, output: null },
      reason: { code: 'CREDENTIAL_MISSING', message: 'credential DB cannot be used' },
    });
    expect(run.facts.map(({ kind }) => kind)).toEqual(['started']);
    expect(run.closed()).toBe(true);
  });

  it.each<[StopCause | undefined, number | undefined]>([
    [undefined, undefined],
    ['runTimeout', undefined],
    ['cancel', 5_000],
    ['agentStopping', 2_000],
  ])('that ended by "%s" takes what its scripts left running with it after %s ms at most', async (cause, graceMs) => {
    const run = executionOf([[cause === undefined ? 'ok' : 'hang']]);
    const ended = endOf(run);
    if (cause !== undefined) run.execution.stop(cause);
    await ended;
    expect(run.sweptWithGraceMs()).toBe(graceMs);
  });

  it('has one end and no more timers, whatever happens to it when', async () => {
    const behaviour = fc.constantFrom<Behaviour>('ok', 'fail', 'timeout', 'hang');
    const lists = fc.array(fc.array(behaviour, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
    const stops = fc.array(fc.tuple(fc.nat(20_000), fc.constantFrom<StopCause>('cancel', 'agentStopping', 'superseded')), { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(lists, lists, fc.nat(2), stops, async (steps, recovery, retries, causes) => {
        const run = executionOf(steps, { recovery, retries, timeoutSeconds: 10, deadlineMs: 12_000 });
        const cancels = causes.map(([atMs, cause]) => run.clock.setTimer(() => run.execution.stop(cause), atMs));
        const end = await endOf(run);
        for (const cancel of cancels) cancel();
        expect(run.clock.pendingTimers).toBe(0);
        expect(run.closed()).toBe(true);
        const started = run.facts.filter(({ kind }) => kind === 'stepStarted').length;
        expect(run.facts.filter(({ kind }) => kind === 'stepFinished')).toHaveLength(started);
        expect(end.reason === null).toBe(end.status === 'succeeded');
      }),
      { numRuns: 150 },
    );
  });
});
