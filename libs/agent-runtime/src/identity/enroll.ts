import { Enrolled, type Enroll } from '@klevr/contracts/agent';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { postToGateway } from './gateway-post.js';
import type { GatewayRequest } from './gateway-request.js';

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
  readonly request?: GatewayRequest;
}

const timeoutMs = 15_000;
const backOffMs = { first: 250, longest: 10_000, longestAsked: 120_000 };

export const enrol = async ({ serverUrl, body, clock, log, request = fetch }: EnrolOptions): Promise<Enrolled> => {
  for (let failures = 0; ; failures += 1) {
    const answer = await postToGateway({ url: new URL('/api/v1/enroll', serverUrl), body, timeoutMs, request });
    if (answer.kind === 'ok') return readEnrolled(answer.body);
    if (answer.kind === 'no') throw new EnrolmentRefused(answer.said);
    const ownMs = Math.min(backOffMs.first * 2 ** Math.min(failures, 10), backOffMs.longest);
    // Many hosts that joined at once were told the same; they shall not come back at once.
    const delayMs =
      answer.retryAfterMs === undefined ? ownMs : Math.min(answer.retryAfterMs, backOffMs.longestAsked) * (1 + Math.random() / 4);
    log.warn({ why: answer.why, delayMs }, 'enrolment is tried again');
    await new Promise<void>((resolve) => void clock.setTimer(resolve, delayMs));
  }
};

const readEnrolled = (body: unknown): Enrolled => {
  const enrolled = Enrolled.safeParse(body);
  if (!enrolled.success) throw new EnrolmentRefused(`the answer is not one of a Klevr gateway (${enrolled.error.name})`);
  return enrolled.data;
};
