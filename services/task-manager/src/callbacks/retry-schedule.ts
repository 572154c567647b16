/**
 * When a message is tried again. The pauses after failed tries: 5 s, 15 s, 1 min, 5 min, 15 min, 30 min, 1 h, 2 h, then 4 h each, every one longer by up to
 * a tenth; the last try is made 24 h after the first, and then it has failed. A Retry-After of 429 or 503 makes a pause longer, never shorter, by a day
 * at most, and may so put the last try later. 410 ends it at once: the receiver says that it is gone for good.
 */
const pausesSeconds = [5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400] as const;
const longestPauseSeconds = 14_400;
const wholeSeconds = 86_400;
const longestAskedSeconds = 86_400;

export interface Answer {
  /** HTTP status, or null where there was none. */
  readonly status: number | null;
  readonly retryAfter: string | null;
  /** Why there was no answer, or that it never can be one. */
  readonly error: string | null;
  readonly hopeless: boolean;
}

/** As the log of a delivery shows it. */
export interface Try {
  readonly at: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

export type NextStep = { readonly step: 'delivered' } | { readonly step: 'failed' } | { readonly step: 'retry'; readonly at: Date };

/** How far it has come: `attempts` counts the try that was just made, `firstTryAt` is when the first one began. */
export interface Progress {
  readonly attempts: number;
  readonly firstTryAt: Date;
}

/** `random` is between 0 and 1. */
export const afterAnswer = (answer: Answer, { attempts, firstTryAt }: Progress, now: Date, random: number): NextStep => {
  const { status } = answer;
  if (status !== null && status >= 200 && status < 300) return { step: 'delivered' };
  const endMs = firstTryAt.getTime() + wholeSeconds * 1000;
  if (status === 410 || answer.hopeless || now.getTime() >= endMs) return { step: 'failed' };
  const pauseMs = (pausesSeconds[attempts - 1] ?? longestPauseSeconds) * (1 + random / 10) * 1000;
  const askedMs = status === 429 || status === 503 ? Math.min(retryAfterSeconds(answer.retryAfter, now), longestAskedSeconds) * 1000 : 0;
  const nextMs = Math.min(now.getTime() + pauseMs, endMs);
  return { step: 'retry', at: new Date(Math.max(nextMs, now.getTime() + askedMs)) };
};

/** Seconds or an HTTP date; anything else counts as nothing. */
const retryAfterSeconds = (header: string | null, now: Date): number => {
  if (header === null) return 0;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? 0 : Math.max(0, (atMs - now.getTime()) / 1000);
};
