import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { AccountClaimsPublisher } from './account-claims.publisher.js';
import { lifeSeconds } from './agent-credentials.issuer.js';
import { RevocationsStore } from './revocations.store.js';

/** A day longer than a JWT lives. */
const keptMs = (lifeSeconds + 86_400) * 1000;

/** A JWT that another replica, whose clock is ahead, issued just before must be refused as well. The key itself is never used again. */
const aheadSeconds = 300;

/**
 * Makes the NATS servers refuse the keys of agents that were removed.
 * Promises: each push carries every revocation there is, and pushes are made one after the other, so none undoes another; what was stored and not
 * pushed is pushed by housekeeping. Does not: revoke anything by itself; a revocation is a row, written by whoever takes the key away.
 */
@Injectable()
export class RevocationsService {
  constructor(
    private readonly store: RevocationsStore,
    private readonly claims: AccountClaimsPublisher,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Returns once the servers have them; throws UNAVAILABLE where they cannot be told now. */
  async push(): Promise<void> {
    await this.store.locked(async () => {
      const keys = await this.store.all();
      const revocations = keys.map(({ publicKey, revokedAt }) => ({
        publicKey,
        atSeconds: Math.ceil(revokedAt.getTime() / 1000) + aheadSeconds,
      }));
      try {
        await this.claims.push(revocations, this.clock.nowMs());
      } catch (cause) {
        throw new AppError('UNAVAILABLE', 'The NATS servers cannot be told who was removed', { cause, retryAfterSeconds: 2 });
      }
      await this.store.markPushed(keys);
    });
  }

  /** Whether a key of this agent was revoked here and the NATS servers do not know it yet. */
  async unfinished(agentId: string): Promise<boolean> {
    return (await this.store.keysOf(agentId)).some(({ pushed }) => !pushed);
  }

  /** At the start: a server may have been set up anew. Housekeeping tries again where it fails and something is missing. */
  async pushQuietly(): Promise<void> {
    try {
      await this.push();
    } catch (error) {
      this.log.warn({ error }, 'the list of revoked agents could not be pushed');
    }
  }

  async sweep(): Promise<void> {
    await this.store.forgetBefore(new Date(this.clock.nowMs() - keptMs));
    // A push that fails for long is no fault that the silence of agents could be explained by, so it is not one here.
    if (await this.store.anyNotPushed()) await this.pushQuietly();
  }

  /** Where an earlier push failed. */
  async pushMissing(): Promise<void> {
    if (await this.store.anyNotPushed()) await this.push();
  }
}
