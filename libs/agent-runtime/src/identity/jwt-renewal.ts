import type { RenewReply } from '@klevr/contracts/presence';
import type { z } from 'zod';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';

/**
 * Keeps the NATS user JWT fresh.
 * Promises: a new one is asked for from a third of the life on, again and again until it came; before the one in use ends, the connection is made anew with the new
 * one. Does not: help an agent that was away for longer than the whole life; that one has to enrol again.
 */
export interface JwtRenewalOptions {
  /** Seconds of unix time, read from the JWT in use. */
  readonly times: () => JwtTimes;
  /** Who signed the one in use. */
  readonly issuer: () => string | undefined;
  readonly ask: () => Promise<z.output<typeof RenewReply>>;
  readonly keep: (renewed: z.output<typeof RenewReply>) => Promise<void>;
  readonly reconnect: () => Promise<void>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly nowMs: () => number;
  readonly log: Log;
}

export interface JwtTimes {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

const retryMs = 60_000;
/** So soon after a scheduler that signs with the old key still; twice as long each time. */
const otherReplicaMs = 500;

/** The second part of a JWT, unverified: the server verifies it. */
export const timesOf = (jwt: string): JwtTimes => {
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { iat?: number; exp?: number };
  return { issuedAtMs: (claims.iat ?? 0) * 1000, expiresAtMs: (claims.exp ?? Number.MAX_SAFE_INTEGER / 1000) * 1000 };
};

export const issuerOf = (jwt: string): string | undefined =>
  (JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { iss?: string }).iss;

export const renewAtMs = ({ issuedAtMs, expiresAtMs }: JwtTimes): number => issuedAtMs + (expiresAtMs - issuedAtMs) / 3;
/** While a tenth of the life is left. */
export const reconnectAtMs = ({ issuedAtMs, expiresAtMs }: JwtTimes): number => expiresAtMs - (expiresAtMs - issuedAtMs) / 10;

export class JwtRenewal {
  private cancelRenew: () => void = () => undefined;
  private cancelReconnect: () => void = () => undefined;
  private hurried = false;
  private wantedIssuer: string | undefined;
  private staleAnswers = 0;

  constructor(private readonly options: JwtRenewalOptions) {}

  start(): void {
    this.renewAt(renewAtMs(this.options.times()));
    this.connected();
  }

  /** Whoever signed the credentials in use is about to go: others are asked for, and the connection is made anew with them. Not where they are this one's already. */
  renewFor(issuer: string | undefined): void {
    if (issuer === this.options.issuer()) return;
    this.wantedIssuer = issuer;
    if (this.hurried) return;
    this.cancelRenew();
    this.staleAnswers = 0;
    this.hurried = true;
    this.renewAt(this.options.nowMs());
  }

  /** The open connection was made with the newest JWT. */
  connected(): void {
    const inUse = this.options.times();
    this.reconnectAt(reconnectAtMs(inUse), inUse);
  }

  stop(): void {
    this.cancelRenew();
    this.cancelReconnect();
  }

  private renewAt(atMs: number): void {
    this.cancelRenew = this.options.clock.setTimer(() => void this.renew(), Math.max(0, atMs - this.options.nowMs()));
  }

  private async renew(): Promise<void> {
    const { ask, keep, nowMs, times, log } = this.options;
    try {
      await keep(await ask());
      log.info({}, 'credentials renewed');
      // A replica of the scheduler that has not taken up the new key yet may have answered: another one said which it is.
      if (this.hurried && this.wantedIssuer !== undefined && this.wantedIssuer !== this.options.issuer())
        return this.renewAt(nowMs() + this.nextStaleMs());
      this.renewAt(renewAtMs(times()));
      if (this.hurried) await this.reconnectNow();
    } catch (error) {
      log.warn({ error, expiresInMs: times().expiresAtMs - nowMs() }, 'credentials could not be renewed yet');
      this.renewAt(nowMs() + retryMs);
    }
  }

  private nextStaleMs(): number {
    return Math.min(otherReplicaMs * 2 ** Math.min(this.staleAnswers++, 10), retryMs);
  }

  private async reconnectNow(): Promise<void> {
    this.hurried = false;
    const { reconnect, log } = this.options;
    await reconnect().catch((error: unknown) => log.warn({ error }, 'connection was not made anew'));
  }

  private reconnectAt(atMs: number, inUse: JwtTimes): void {
    this.cancelReconnect();
    const { clock, nowMs } = this.options;
    this.cancelReconnect = clock.setTimer(() => void this.reconnect(inUse), Math.max(0, atMs - nowMs()));
  }

  private async reconnect(inUse: JwtTimes): Promise<void> {
    const { reconnect, times, nowMs, log } = this.options;
    // Again after a while where there is nothing newer, or where it did not work; `connected` ends that.
    this.reconnectAt(nowMs() + retryMs, inUse);
    if (times().expiresAtMs <= inUse.expiresAtMs) return;
    await reconnect().catch((error: unknown) => log.warn({ error }, 'connection was not made anew'));
  }
}
