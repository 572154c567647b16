/**
 * How a route is recorded. `before`: its answer waits until it is; `behind`: soon after the answer (new tasks: their own rows say who and when, and they come by the
 * thousand each second); `refusals`: only where it was refused, as it changes nothing.
 */
export type RecordedHow = 'before' | 'behind' | 'refusals';

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);
const exceptions: Readonly<Record<string, RecordedHow>> = {
  'POST /tasks': 'behind',
  'POST /tasks/bulk': 'behind',
  'POST /targets/preview': 'refusals',
  'POST /catalogue/lint': 'refusals',
  // A sign-in that has only begun; its end is recorded.
  'POST /sessions/oidc/start': 'refusals',
  // Every few minutes of everybody who is there; that a session was made, and by whom, is recorded.
  'POST /sessions/current/renew': 'refusals',
};
const prefix = '/api/v1';

export function recordedHow(method: string, pattern: string): RecordedHow {
  if (reading.has(method)) return 'refusals';
  return exceptions[`${method} ${pattern.startsWith(prefix) ? pattern.slice(prefix.length) : pattern}`] ?? 'before';
}
