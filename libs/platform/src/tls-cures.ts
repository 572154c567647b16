import { tlsCureOf } from './tls-fault.js';

/** For each server: what to change where TLS is the reason that it cannot be reached; undefined for other reasons. */
export const natsCureOf = (error: unknown): string | undefined =>
  tlsCureOf(error, { address: 'KLEVR_NATS_URL', caFile: 'KLEVR_NATS_CA_FILE', plain: 'nats://', secure: 'tls://' });

export const databaseCureOf = (error: unknown): string | undefined =>
  tlsCureOf(error, { address: 'KLEVR_DATABASE_URL', caFile: 'KLEVR_DATABASE_CA_FILE', plain: 'no ?ssl', secure: '?ssl' }) ??
  // What MariaDB says to a right password as well, where it takes none without TLS.
  (/Access denied for user/.test(String(error))
    ? 'it refuses the user, the password, or a connection without TLS: correct KLEVR_DATABASE_URL, with ?ssl behind it where TLS is wanted'
    : undefined);

export const redisCureOf = (error: unknown): string | undefined =>
  tlsCureOf(error, { address: 'KLEVR_REDIS_URL', caFile: 'KLEVR_REDIS_CA_FILE', plain: 'redis://', secure: 'rediss://' }) ??
  silentRedisCure(String(error));

/** Redis itself says nothing about TLS: to one without it the greeting of TLS is a command that has not ended yet, and one with it hangs up. */
function silentRedisCure(said: string): string | undefined {
  if (/Socket timeout|connect ETIMEDOUT/.test(said))
    return 'it does not answer: where KLEVR_REDIS_URL begins with rediss://, see that it speaks TLS';
  return /ECONNRESET|Protocol error/.test(said) ? 'it hangs up: where it speaks TLS only, use rediss:// in KLEVR_REDIS_URL' : undefined;
}
