/**
 * The code of a system or library error (`ENOENT`, `ECONNREFUSED`). By shape, not `instanceof Error`: under a test runner's sandbox Node's
 * own errors are of another realm's class.
 */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What an error says, in one line. */
export function errorLine(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  return message.split('\n')[0] ?? '';
}
