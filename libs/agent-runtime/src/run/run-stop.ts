import type { EventFact } from '@klevr/contracts/fact';
import type { TerminalStatus, reasonCodes } from '@klevr/contracts/task';

/** Why a run ends before its steps are through, and what that means for the run and for the step that it hits. */
export type StopCause = 'cancel' | 'stoppedByTask' | 'superseded' | 'alone' | 'runTimeout' | 'deadline' | 'agentStopping';
type StepOutcome = Extract<EventFact, { kind: 'stepFinished' }>['outcome'];
export interface RunReason {
  readonly code: (typeof reasonCodes)[number];
  readonly message: string;
}

/** Between SIGTERM and SIGKILL, where the command says nothing else. */
export const defaultGraceMs = 5_000;

export interface StopMeaning {
  readonly status: TerminalStatus;
  readonly stepOutcome: StepOutcome;
  readonly code: RunReason['code'];
  readonly message: string;
  /** A failure, so the recovery steps run. */
  readonly recovers: boolean;
}

export const stopMeanings: Readonly<Record<StopCause, StopMeaning>> = {
  cancel: { status: 'canceled', stepOutcome: 'canceled', code: 'CANCELED_BY_USER', message: 'canceled', recovers: false },
  stoppedByTask: { status: 'canceled', stepOutcome: 'canceled', code: 'STOPPED_BY_TASK', message: 'stopped by a task', recovers: false },
  superseded: {
    status: 'canceled',
    stepOutcome: 'canceled',
    code: 'AGENT_LOST',
    message: 'the centre gave this attempt up while the agent was away',
    recovers: false,
  },
  alone: {
    status: 'lost',
    stepOutcome: 'lost',
    code: 'AGENT_ALONE',
    message: 'the agent was cut off for so long that another may have taken over, so it ended the attempt',
    recovers: false,
  },
  runTimeout: {
    status: 'timed_out',
    stepOutcome: 'timed_out',
    code: 'RUN_TIMED_OUT',
    message: 'the run took longer than its time-out',
    recovers: true,
  },
  deadline: { status: 'timed_out', stepOutcome: 'timed_out', code: 'DEADLINE_PASSED', message: 'the deadline passed', recovers: true },
  agentStopping: { status: 'lost', stepOutcome: 'lost', code: 'AGENT_STOPPED', message: 'the agent was stopped', recovers: false },
};
