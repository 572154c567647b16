import { describe, expect, it } from '@jest/globals';
import type { RunCommand } from '@klevr/contracts/command';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import fc from 'fast-check';
import type { EventFactBody } from '../journal/journal.js';
import { RunExecution, type RunEnd } from './run-execution.js';
import type { StopCause } from './run-stop.js';
import type { StepEnd } from './step-runner.js';

type Behaviour = 'ok' | 'fail' | 'timeout' | 'hang';
const ends: Record<Exclude<Behaviour, 'hang'>, StepEnd> = {
  ok: { outcome: 'succeeded', exitCode: 0, signal: null, output: 'fine', message: '' },
  fail: { outcome: 'failed', exitCode: 2, signal: null, output: null, message: 'step "x" ended with exit code 2' },
  timeout: { outcome: 'timed_out', exitCode: null, signal: 'SIGTERM', output: null, message: 'step "x" took longer than 1 s' },
};

const executionOf = (
  steps: Behaviour[][],
  changes: { recovery?: Behaviour[][]; timeoutSeconds?: number; deadlineMs?: number; retries?: number } = {},
): { execution: RunExecution; clock: FakeClock; facts: EventFactBody[]; closed: () => boolean } => {
  const [clock, facts] = [new FakeClock(), [] as EventFactBody[]];
  const stepsOf = (list: Behaviour[][]): RunCommand['steps'] =>
    list.map((_, index) => ({ name: `s${index}`, run: 'x', env: {}, retries: changes.retries ?? 0 }));
  const command = {
    runId: newId('run'),
    attempt: 1,
    steps: stepsOf(steps),
    recovery: stepsOf(changes.recovery ?? []),
    timeoutSeconds: changes.timeoutSeconds ?? 100,
    deadlineMs: changes.deadlineMs === undefined ? null : clock.nowMs() + changes.deadlineMs,
  } as unknown as RunCommand;
  let closed = false;
  const runner = {
    instant: () => false,
    openSecrets: () => undefined,
    recoverFrom: () => undefined,
    close: () => Promise.resolve(void (closed = true)),
    run: (_: unknown, ref: { phase: 'step' | 'recovery'; index: number; try: number }, signal: AbortSignal) => {
      const what = (ref.phase === 'step' ? steps : (changes.recovery ?? []))[ref.index]?.[ref.try - 1] ?? 'ok';
      if (what !== 'hang') return Promise.resolve(ends[what]);
      return new Promise<StepEnd>((resolve) => {
        const end = (): void => resolve({ ...ends.fail, exitCode: null, signal: 'SIGTERM' });
        if (signal.aborted) end();
        else signal.addEventListener('abort', end);
      });
    },
  };
  const execution = new RunExecution({
    command,
    steps: runner as unknown as ConstructorParameters<typeof RunExecution>[0]['steps'],
    clock,
    nowMs: () => clock.nowMs(),
    report: (body) => facts.push(body),
  });
  return { execution, clock, facts, closed: () => closed };
};

/** Runs to its end, moving the clock on as long as something waits for it. */
const endOf = async ({ execution, clock }: ReturnType<typeof executionOf>): Promise<RunEnd> => {
  let end: RunEnd | undefined;
  void execution.run().then((found) => (end = found));
  for (let turns = 0; end === undefined && turns < 1_000; turns += 1) await clock.advanceAsync(turns < 3 ? 0 : 500);
  if (end === undefined) throw new Error('the run did not end');
  return end;
};

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
