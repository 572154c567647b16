import { AgentCredentials, credentialsProof } from '@klevr/contracts/agent';
import type { AgentKeys } from '@klevr/messaging/auth/agent-keys';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { postToGateway, type GatewayAnswer } from './gateway-post.js';
import type { GatewayRequest } from './gateway-request.js';

/**
 * `POST /api/v1/agents/{id}/credentials`: for an agent that waits for approval, whose JWT has expired, or that NATS does not let in.
 * Promises: it asks until it was given credentials or told that it is removed; nothing else makes it give up, since a gateway that is wrongly set up must not
 * cost an agent its identity. The gateway holds its answer until the approval, so waiting is one request under way. Does not: keep anything.
 */
export interface GatewayCredentialsOptions {
  readonly serverUrl: string;
  readonly agentId: string;
  readonly keys: Pick<AgentKeys, 'sign'>;
  readonly clock: Pick<Clock, 'setTimer' | 'nowMs' | 'monotonicMs'>;
  readonly log: Log;
  /** Looked at before each request: false ends the asking. */
  readonly wanted?: () => boolean;
  readonly request?: GatewayRequest;
}

export type CredentialsAnswer =
  | { readonly outcome: 'granted'; readonly credentials: AgentCredentials }
  | { readonly outcome: 'removed'; readonly said: string }
  | { readonly outcome: 'unwanted' };

const waitSeconds = 25;
const timeoutMs = (waitSeconds + 10) * 1000;
/** `pending`: where the gateway does not hold its answer. `no`: a definite no that may be somebody's mistake. */
const backOffMs = { first: 250, longest: 10_000, longestAsked: 120_000, pending: 2_000, no: 60_000 };
/** The centre takes a proof of an hour around its own time; a host that is further off uses the time that the gateway's answer carries. */
const toleratedSkewMs = 30 * 60_000;

export const askGatewayForCredentials = async (options: GatewayCredentialsOptions): Promise<CredentialsAnswer> => {
  const { clock, log, wanted = () => true } = options;
  const state = { skewMs: 0, failures: 0, saidPending: false };
  while (wanted()) {
    const startedMs = clock.monotonicMs();
    const answer = await post(options, state.skewMs);
    if (answer.kind === 'ok') {
      const credentials = AgentCredentials.safeParse(answer.body);
      if (credentials.success) return { outcome: 'granted', credentials: credentials.data };
    }
    if (answer.kind === 'no' && answer.code === 'AGENT_REMOVED') return { outcome: 'removed', said: answer.said };
    const delayMs = pauseAfter(answer, { ...options, state, tookMs: clock.monotonicMs() - startedMs });
    if (answer.kind === 'no' && answer.code === 'NOT_APPROVED') {
      log[state.saidPending ? 'debug' : 'warn']({ agentId: options.agentId }, 'waits for approval');
      state.saidPending = true;
    } else {
      log.warn(
        { why: answer.kind === 'ok' ? 'the answer is not one of a Klevr gateway' : saidBy(answer), delayMs },
        'credentials are asked for again',
      );
    }
    await new Promise<void>((resolve) => void clock.setTimer(resolve, delayMs * (0.8 + Math.random() * 0.4)));
  }
  return { outcome: 'unwanted' };
};

const post = ({ serverUrl, agentId, keys, clock, request = fetch }: GatewayCredentialsOptions, skewMs: number): Promise<GatewayAnswer> => {
  const atMs = Math.round(clock.nowMs() + skewMs);
  const body = { atMs, signature: keys.sign(credentialsProof(agentId, atMs)), waitSeconds };
  return postToGateway({ url: new URL(`/api/v1/agents/${agentId}/credentials`, serverUrl), body, timeoutMs, request });
};

interface Asking extends GatewayCredentialsOptions {
  readonly state: { skewMs: number; failures: number };
  readonly tookMs: number;
}

const pauseAfter = (answer: GatewayAnswer, { state, tookMs, clock }: Asking): number => {
  if (answer.kind === 'no' && answer.code === 'NOT_APPROVED') {
    state.failures = 0;
    return Math.max(0, backOffMs.pending - tookMs);
  }
  if (answer.kind === 'no' && answer.status === 401) {
    const skewMs = answer.dateMs - clock.nowMs();
    const news = Math.abs(skewMs - state.skewMs) > toleratedSkewMs;
    if (news) state.skewMs = skewMs;
    return news ? 0 : backOffMs.no;
  }
  if (answer.kind !== 'away') return backOffMs.no;
  state.failures += 1;
  const ownMs = Math.min(backOffMs.first * 2 ** Math.min(state.failures - 1, 10), backOffMs.longest);
  // The pause is spread to both sides; it is never shorter than what was asked for.
  return answer.retryAfterMs === undefined ? ownMs : Math.min(answer.retryAfterMs, backOffMs.longestAsked) * 1.25;
};

const saidBy = (answer: Exclude<GatewayAnswer, { kind: 'ok' }>): string => (answer.kind === 'no' ? answer.said : answer.why);
