import type { Reason } from '@klevr/contracts/task';
import type { ReasonCode } from './run-row.js';
import type { RunState } from './run-state.js';

/**
 * Why a run that waits does so, worked out when somebody asks: nothing has to be written when an agent goes away or a zone fills up.
 */
export interface WaitingRun {
  readonly state: RunState;
  readonly agentId: string | null;
  readonly createdAt: Date;
  readonly dispatchedAt: Date | null;
  readonly waitCode: ReasonCode | null;
  readonly waitMessage: string | null;
  readonly waitSince: Date | null;
  readonly cancelRequestedAt: Date | null;
  readonly wakeAt: Date | null;
  readonly deadlineAt: Date | null;
}

export interface AgentView {
  readonly online: boolean;
  readonly status: string;
  readonly cause: string;
  readonly since: Date;
  readonly drained: boolean;
  readonly drainSince: Date | null;
  readonly drainCause: string;
}

/** What a run waits for that may go as far as it is concerned. */
export interface BlockView {
  readonly code: 'ZONE_BUSY' | 'HOST_BUSY' | 'CONCURRENCY_KEY';
  readonly places: number;
  readonly holder: Reason['holder'];
  readonly place: number | undefined;
}

/** What is around the run. */
export interface Surroundings {
  readonly agent: AgentView | undefined;
  readonly block?: BlockView | undefined;
  /** When the next batch of its task begins. */
  readonly batchAt?: Date | undefined;
}

/** An unanswered command is said to be unanswered after this time. */
export const notAnsweringAfterMs = 2_000;

export const whyWaiting = (run: WaitingRun, { agent, block, batchAt }: Surroundings, now: Date): Reason | null => {
  if (run.state === 'scheduled') return whyScheduled(run, batchAt);
  if (run.state !== 'queued' && run.state !== 'dispatched') return null;
  if (run.waitCode === 'RETRY_WAITS' || run.waitCode === 'AGENT_FENCED') return whyPaused(run, run.waitCode);
  if (run.agentId !== null && agent?.drained === true && run.cancelRequestedAt === null) return drained(run, agent);
  if (run.agentId !== null && agent?.online !== true) return offline(agent, run.createdAt);
  if (run.waitCode !== null) return whyHeld(run, run.waitCode);
  return run.state === 'queued' ? whyQueued(run, block) : whySent(run, now);
};

/** First of all, as somebody has to do something about it. */
const drained = (run: WaitingRun, { drainSince, drainCause, online, status }: AgentView): Reason => {
  const since = drainSince ?? run.createdAt;
  const details = [drainCause, online ? '' : `it is ${status} besides`].filter((part) => part !== '').join('; ');
  const what = run.state === 'dispatched' ? ', and what it has not accepted is not sent again' : '';
  return reason('AGENT_DRAINED', `agent drained since ${since.toISOString()}${details === '' ? '' : ` (${details})`}${what}`, since);
};

const offline = (agent: AgentView | undefined, createdAt: Date): Reason => {
  if (agent === undefined) return reason('AGENT_OFFLINE', 'the agent has not said hello yet', createdAt);
  const { since, status, cause } = agent;
  if (status === 'suspended') {
    return reason('AGENT_SUSPENDED', `agent suspended since ${since.toISOString()}${cause === '' ? '' : ` (${cause})`}`, since);
  }
  const detail = [status, cause].filter((part) => part !== '').join(': ');
  return reason('AGENT_OFFLINE', `agent offline since ${since.toISOString()}${detail === '' ? '' : ` (${detail})`}`, since);
};

/** What it waits for was written down with it. */
const whyScheduled = (run: WaitingRun, batchAt: Date | undefined): Reason => {
  const until = run.waitCode === 'SCHEDULED' ? run.wakeAt : (batchAt ?? null);
  return {
    ...reason(run.waitCode ?? 'SCHEDULED', run.waitMessage ?? 'waits for its time', run.waitSince ?? run.createdAt),
    ...(until === null ? {} : { until: until.toISOString() }),
  };
};

/** A pause that ends by itself. */
const whyPaused = ({ waitMessage, waitSince, createdAt, wakeAt }: WaitingRun, code: ReasonCode): Reason => ({
  ...reason(code, waitMessage ?? '', waitSince ?? createdAt),
  ...(wakeAt === null ? {} : { until: wakeAt.toISOString() }),
});

/** Waits for an event, and is looked at again by itself where it has a time besides its deadline. */
const whyHeld = ({ waitMessage, waitSince, createdAt, wakeAt, deadlineAt }: WaitingRun, code: ReasonCode): Reason => ({
  ...reason(code, waitMessage ?? '', waitSince ?? createdAt),
  ...(wakeAt === null || wakeAt.getTime() === deadlineAt?.getTime() ? {} : { until: wakeAt.toISOString() }),
});

const whyQueued = (run: WaitingRun, block: BlockView | undefined): Reason => {
  if (block === undefined) return reason('NEW', 'waits to be sent', run.createdAt);
  const { code, places, holder, place } = block;
  return {
    ...reason(code, `${whatIsFull[code](places)}${place === undefined ? '' : `; ${place - 1} wait before it`}`, run.createdAt),
    ...(holder === undefined ? {} : { holder }),
    ...(place === undefined ? {} : { place }),
  };
};

const whatIsFull: Record<BlockView['code'], (places: number) => string> = {
  ZONE_BUSY: (places) => `all ${places} places of the zone are taken`,
  HOST_BUSY: (places) => `all ${places} places of the host are taken`,
  CONCURRENCY_KEY: (places) => `all ${places} places of its concurrency key are taken`,
};

const whySent = (run: WaitingRun, now: Date): Reason => {
  const sentAt = run.dispatchedAt ?? run.createdAt;
  if (run.cancelRequestedAt !== null) return reason('SENT', 'its cancelling waits for the agent', run.cancelRequestedAt);
  if (now.getTime() - sentAt.getTime() > notAnsweringAfterMs) {
    return reason('AGENT_NOT_ANSWERING', `sent to the agent, which has not accepted it since ${sentAt.toISOString()}`, sentAt);
  }
  return reason('SENT', 'sent, waits for the agent to accept it', sentAt);
};

const reason = (code: ReasonCode, message: string, since: Date): Reason => ({ code, message, since: since.toISOString() });
