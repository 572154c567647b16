import { Enrolled, type Enroll } from '@klevr/contracts/agent';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';

/**
 * `POST /api/v1/enroll`.
 * Promises: it goes on while the gateway is away or asks to wait; a definite no ends it with the gateway's own words. Does not: keep anything.
 */
export class EnrolmentRefused extends Error {
  override readonly name = 'EnrolmentRefused';
}

export interface EnrolOptions {
  readonly serverUrl: string;
  readonly body: Enroll;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
  readonly request?: typeof fetch;
}

const timeoutMs = 15_000;
const backOffMs = { first: 250, longest: 10_000 };

export const enrol = async ({ serverUrl, body, clock, log, request = fetch }: EnrolOptions): Promise<Enrolled> => {
  for (let failures = 0; ; failures += 1) {
    const answer = await post(request, new URL('/api/v1/enroll', serverUrl), body);
    if ('enrolled' in answer) return answer.enrolled;
    if ('refused' in answer) throw new EnrolmentRefused(answer.refused);
    const delayMs = answer.retryAfterMs ?? Math.min(backOffMs.first * 2 ** Math.min(failures, 10), backOffMs.longest);
    log.warn({ why: answer.away, delayMs }, 'enrolment is tried again');
    await new Promise<void>((resolve) => void clock.setTimer(resolve, delayMs));
  }
};

type Answer = { enrolled: Enrolled } | { refused: string } | { away: string; retryAfterMs?: number };

const post = async (request: typeof fetch, url: URL, body: Enroll): Promise<Answer> => {
  let response: Response;
  let text: string;
  try {
    response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    return {
      away: error instanceof Error ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}` : String(error),
    };
  }
  if (response.ok) return readEnrolled(text);
  const said = `${response.status} ${sentenceOf(text)}`;
  if (response.status < 500 && response.status !== 429 && response.status !== 408) return { refused: said };
  const seconds = Number(response.headers.get('retry-after'));
  return { away: said, ...(seconds > 0 ? { retryAfterMs: Math.min(seconds * 1000, backOffMs.longest) } : {}) };
};

const readEnrolled = (text: string): Answer => {
  try {
    return { enrolled: Enrolled.parse(JSON.parse(text)) };
  } catch (error) {
    return { refused: `the answer is not one of a Klevr gateway (${error instanceof Error ? error.name : 'not understood'})` };
  }
};

/** The words of a problem document, or the beginning of whatever came. */
const sentenceOf = (text: string): string => {
  try {
    const problem = JSON.parse(text) as { title?: unknown; detail?: unknown };
    const words = [problem.title, problem.detail].filter((part) => typeof part === 'string');
    if (words.length > 0) return words.join(': ');
  } catch {
    // Not JSON; shown as it is.
  }
  return text.slice(0, 200);
};
