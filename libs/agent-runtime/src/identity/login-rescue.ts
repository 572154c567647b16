import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { askGatewayForCredentials } from './gateway-credentials.js';
import type { GatewayRequest } from './gateway-request.js';
import type { Identity } from './identity.js';
import { timesOf } from './jwt-renewal.js';

/**
 * Helps an agent that NATS does not let in: asks the gateway for credentials, which the next dial then uses by itself.
 * Promises: one asking at a time, none while the agent is let in; where a server refuses for a moment (it restarts, it has not heard of the account yet) nobody
 * asks the gateway for that. Keys that sign tasks are never exchanged for older ones. The one thing that ends the agent is the gateway's word that it was removed. Does not: dial.
 */
export interface LoginRescueOptions {
  readonly identity: Identity;
  readonly serverUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly onRemoved: (reason: string) => void;
  readonly request?: GatewayRequest;
}

/** How long NATS has to go on refusing, spread so that a whole fleet does not ask at once; more where fresh credentials did not help either. */
const keysEveryMs = 60_000;
const patienceMs = { first: 1_000, afterFresh: 15_000 };

export class LoginRescue {
  private isIn = false;
  private asking: Promise<void> | undefined;
  private cancel: (() => void) | undefined;
  private helped = false;
  private keysWanted = false;
  private keysAskedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: LoginRescueOptions) {}

  /** NATS has let this agent in. */
  letIn(): void {
    this.isIn = true;
    this.helped = false;
    this.cancel?.();
    this.cancel = undefined;
  }

  /** NATS has refused a login. */
  refused(): void {
    if (this.asking !== undefined || this.cancel !== undefined) return;
    this.isIn = false;
    const { identity, clock } = this.options;
    const expired = identity.current.userJwt !== null && timesOf(identity.current.userJwt).expiresAtMs < clock.nowMs();
    const delayMs = this.helped ? patienceMs.afterFresh : expired ? 0 : patienceMs.first * (1 + 2 * Math.random());
    this.cancel = clock.setTimer(() => {
      this.cancel = undefined;
      void this.renew();
    }, delayMs);
  }

  /** Resolves when there are fresh credentials or the agent is let in; never once it was removed, as it ends then. */
  renew(): Promise<void> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  /** Nothing known here leads to the keys that the centre signs with now: where the agent enrolled, it is told as it was then. Once a minute at most. */
  fetchKeys(): void {
    const nowMs = this.options.clock.monotonicMs();
    if (this.keysWanted || this.options.serverUrl === undefined || nowMs - this.keysAskedAtMs < keysEveryMs) return;
    this.keysAskedAtMs = nowMs;
    this.keysWanted = true;
    void this.renew().finally(() => (this.keysWanted = false));
  }

  stop(): void {
    this.keysWanted = false;
    this.letIn();
  }

  private async ask(): Promise<void> {
    const { identity, serverUrl, clock, log, onRemoved } = this.options;
    if (serverUrl === undefined) {
      if (identity.current.userJwt === null) throw new Error('without KLEVR_SERVER_URL no credentials can be asked for');
      log.error({}, 'NATS refuses the credentials, and without KLEVR_SERVER_URL no others can be asked for');
      this.helped = true;
      return undefined;
    }
    const { agentId } = identity.current;
    const asked = { ...this.options, serverUrl, agentId, keys: identity.keys, clock, log, wanted: () => !this.isIn || this.keysWanted };
    const answer = await askGatewayForCredentials(asked);
    if (answer.outcome === 'unwanted') return undefined;
    if (answer.outcome === 'removed') {
      onRemoved(answer.said);
      return new Promise(() => undefined);
    }
    const { taskKeys, ...credentials } = answer.credentials;
    // One task-manager of several may have an old file still; a key that was given up does not come back by way of it.
    const older = (taskKeys?.generation ?? -1) < (identity.current.taskKeys.generation ?? -1);
    await identity.change({ ...credentials, ...(taskKeys === undefined || older ? {} : { taskKeys }) });
    this.helped = true;
    log.info({ agentId, expiresAt: answer.credentials.userJwtExpiresAt }, 'credentials came from the gateway');
    return undefined;
  }
}
