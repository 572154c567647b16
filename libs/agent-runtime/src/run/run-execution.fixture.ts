import type { RunCommand } from '@klevr/contracts/command';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { EventFactBody } from '../journal/journal.js';
import { RunExecution, type RunEnd } from './run-execution.js';
import type { FailedStep } from './step-environment.js';
import type { StepEnd } from './step-runner.js';

export type Behaviour = 'ok' | 'fail' | 'timeout' | 'hang';
export const ends: Record<Exclude<Behaviour, 'hang'>, StepEnd> = {
  ok: { outcome: 'succeeded', exitCode: 0, signal: null, output: 'fine', message: '' },
  fail: { outcome: 'failed', exitCode: 2, signal: null, output: null, message: 'step "x" ended with exit code 2' },
  timeout: { outcome: 'timed_out', exitCode: null, signal: 'SIGTERM', output: null, message: 'step "x" took longer than 1 s' },
};

/** An execution whose steps behave as they are told, each try by itself. */
export const executionOf = (
  steps: Behaviour[][],
  changes: {
    recovery?: Behaviour[][];
    timeoutSeconds?: number | null;
    deadlineMs?: number;
    retries?: number;
    retryDelaySeconds?: number;
    firstStep?: number;
    recover?: RunCommand['recover'];
    continued?: number[];
    secretsFault?: Error;
  } = {},
): {
  execution: RunExecution;
  clock: FakeClock;
  facts: EventFactBody[];
  failures: FailedStep[];
  closed: () => boolean;
  sweptWithGraceMs: () => number | undefined;
} => {
  const [clock, facts] = [new FakeClock(), [] as EventFactBody[]];
  const stepsOf = (list: Behaviour[][]): RunCommand['steps'] =>
    list.map((_, index) => ({
      ...{ name: `s${index}`, run: 'x', env: {}, retries: changes.retries ?? 0 },
      ...(changes.retryDelaySeconds === undefined ? {} : { retryDelaySeconds: changes.retryDelaySeconds }),
      ...(list === steps && changes.continued?.includes(index) === true ? { continueOnError: true } : {}),
    }));
  const command = {
    runId: newId('run'),
    attempt: 1,
    steps: stepsOf(steps),
    recovery: stepsOf(changes.recovery ?? []),
    timeoutSeconds: changes.timeoutSeconds === undefined ? 100 : changes.timeoutSeconds,
    ...(changes.firstStep === undefined ? {} : { firstStep: changes.firstStep }),
    ...(changes.recover === undefined ? {} : { recover: changes.recover }),
    deadlineMs: changes.deadlineMs === undefined ? null : clock.nowMs() + changes.deadlineMs,
  } as unknown as RunCommand;
  const failures: FailedStep[] = [];
  let closed = false;
  let graceMs: number | undefined;
  const runner = {
    instant: () => false,
    openSecrets: () => {
      if (changes.secretsFault !== undefined) throw changes.secretsFault;
    },
    recoverFrom: (failed: FailedStep) => void failures.push(failed),
    close: (swept?: number) => Promise.resolve(void ([closed, graceMs] = [true, swept])),
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
  return { execution, clock, facts, failures, closed: () => closed, sweptWithGraceMs: () => graceMs };
};

/** Runs to its end, moving the clock on as long as something waits for it. */
export const endOf = async ({ execution, clock }: ReturnType<typeof executionOf>): Promise<RunEnd> => {
  let end: RunEnd | undefined;
  void execution.run().then((found) => (end = found));
  for (let turns = 0; end === undefined && turns < 1_000; turns += 1) await clock.advanceAsync(turns < 3 ? 0 : 500);
  if (end === undefined) throw new Error('the run did not end');
  return end;
};
