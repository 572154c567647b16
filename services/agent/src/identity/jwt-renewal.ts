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

/** The second part of a JWT, unverified: the server verifies it. */
export const timesOf = (jwt: string): JwtTimes => {
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { iat?: number; exp?: number };
  return { issuedAtMs: (claims.iat ?? 0) * 1000, expiresAtMs: (claims.exp ?? Number.MAX_SAFE_INTEGER / 1000) * 1000 };
};

export const renewAtMs = ({ issuedAtMs, expiresAtMs }: JwtTimes): number => issuedAtMs + (expiresAtMs - issuedAtMs) / 3;
/** While a tenth of the life is left. */
export const reconnectAtMs = ({ issuedAtMs, expiresAtMs }: JwtTimes): number => expiresAtMs - (expiresAtMs - issuedAtMs) / 10;

export class JwtRenewal {
  private cancelRenew: () => void = () => undefined;
  private cancelReconnect: () => void = () => undefined;

  constructor(private readonly options: JwtRenewalOptions) {}

  start(): void {
    const times = this.options.times();
    this.schedule(renewAtMs(times), times);
  }

  stop(): void {
    this.cancelRenew();
    this.cancelReconnect();
  }

  /** `inUse` is what the open connection was made with. */
  private schedule(atMs: number, inUse: JwtTimes): void {
    this.cancelRenew = this.options.clock.setTimer(() => void this.renew(inUse), Math.max(0, atMs - this.options.nowMs()));
  }

  private async renew(inUse: JwtTimes): Promise<void> {
    const { ask, keep, clock, nowMs, times, log, reconnect } = this.options;
    try {
      await keep(await ask());
    } catch (error) {
      log.warn({ error, expiresInMs: inUse.expiresAtMs - nowMs() }, 'credentials could not be renewed yet');
      this.schedule(nowMs() + retryMs, inUse);
      return;
    }
    log.info({}, 'credentials renewed');
    this.schedule(renewAtMs(times()), times());
    this.cancelReconnect();
    const again = (): void => {
      reconnect().catch((error: unknown) => log.warn({ error }, 'connection was not made anew'));
    };
    this.cancelReconnect = clock.setTimer(again, Math.max(0, reconnectAtMs(inUse) - nowMs()));
  }
}
