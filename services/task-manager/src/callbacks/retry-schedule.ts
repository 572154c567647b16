/**
 * When a callback is tried again. After a failed try: 5 s, 15 s, 1 min, 5 min, 15 min, 30 min, 1 h, 2 h, 4 h, 6 h, 8 h, each longer by up to a tenth;
 * twelve tries over 22 hours, then it has failed. A receiver's Retry-After makes a pause longer, never shorter, up to a day.
 * 410 ends it at once: the receiver says that it is gone for good.
 */
const pausesSeconds = [5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 28_800];
const longestAskedSeconds = 86_400;

export interface Answer {
  /** HTTP status, or null where there was none. */
  readonly status: number | null;
  readonly retryAfter: string | null;
  /** Why there was no answer, or that it never can be one. */
  readonly error: string | null;
  readonly hopeless: boolean;
}

export type NextStep = { readonly step: 'delivered' } | { readonly step: 'failed' } | { readonly step: 'retry'; readonly at: Date };

/** `attempts` counts the one that was just made; `random` is between 0 and 1. */
export const afterAnswer = (answer: Answer, attempts: number, now: Date, random: number): NextStep => {
  const { status } = answer;
  if (status !== null && status >= 200 && status < 300) return { step: 'delivered' };
  const pause = pausesSeconds[attempts - 1];
  if (status === 410 || answer.hopeless || pause === undefined) return { step: 'failed' };
  const asked = retryAfterSeconds(answer.retryAfter, now);
  const seconds = Math.max(pause * (1 + random / 10), Math.min(asked, longestAskedSeconds));
  return { step: 'retry', at: new Date(now.getTime() + seconds * 1000) };
};

/** Seconds or an HTTP date; anything else counts as nothing. */
const retryAfterSeconds = (header: string | null, now: Date): number => {
  if (header === null) return 0;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? 0 : Math.max(0, (atMs - now.getTime()) / 1000);
};
