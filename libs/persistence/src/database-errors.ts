import { AppError } from '@klevr/contracts/errors';

/** The server cannot be reached, the connection broke, or no answer came. What became of the statement is unknown. */
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
]);

/** The server answers, but cannot serve anyone now: limits, read-only, no space, shutting down, ended by an administrator or a time limit. */
const serverErrors = new Map([
  [1021, 'disk full'],
  [1040, 'too many connections'],
  [1053, 'shutting down'],
  [1114, 'no space left'],
  [1129, 'host blocked'],
  [1152, 'connection aborted'],
  [1158, 'network error'],
  [1159, 'network timeout'],
  [1160, 'network error'],
  [1161, 'network timeout'],
  [1203, 'too many connections of this user'],
  [1226, 'resource limit of this user'],
  [1290, 'read-only'],
  [1792, 'read-only transaction'],
  [1836, 'read-only'],
  [1927, 'connection killed'],
  [1969, 'statement time limit'],
  [4031, 'idle connection closed'],
]);

/** mysql2 raises these without a code. */
const driverMessages = /^(Pool is closed|Queue limit reached|Can't add new command when connection is in closed state|Connection lost)/;

/** Lost to other transactions; the whole transaction was, or can be, undone and tried again: deadlock, lock wait, changed since last read. */
const conflictErrors = new Set([1213, 1205, 1020]);

const DUPLICATE_KEY = 1062;

export const databaseUnavailable = (error: unknown): boolean => chainOf(error).some(isUnavailable);

export const transactionConflict = (error: unknown): boolean => chainOf(error).some((link) => conflictErrors.has(link.errno ?? 0));

/** A unique key holds this value already; `index` narrows it to one key. */
export const duplicateKey = (error: unknown, index?: string): boolean =>
  chainOf(error).some((link) => link.errno === DUPLICATE_KEY && (index === undefined || link.message.includes(index)));

/** UNAVAILABLE for a database that cannot serve now; anything else comes back as it is. */
export function asAppError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (!databaseUnavailable(error) && !transactionConflict(error)) return error;
  return new AppError('UNAVAILABLE', 'The database cannot serve this now', { cause: error, retryAfterSeconds: 2 });
}

/** Runs a read or a single statement, with the same errors as `inTransaction`. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asAppError(error);
  }
}

interface Link {
  readonly code: string | undefined;
  readonly errno: number | undefined;
  readonly message: string;
}

const isUnavailable = ({ code, errno, message }: Link): boolean =>
  connectionCodes.has(code ?? '') || serverErrors.has(errno ?? 0) || driverMessages.test(message);

/** The error and what it wraps: TypeORM keeps the driver's error in `driverError`, ours and Node's in `cause`. */
function chainOf(error: unknown, depth = 0): Link[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined;
  const message = 'message' in error && typeof error.message === 'string' ? error.message : '';
  const inner = 'driverError' in error ? error.driverError : 'cause' in error ? error.cause : undefined;
  return [{ code, errno, message }, ...chainOf(inner, depth + 1)];
}
