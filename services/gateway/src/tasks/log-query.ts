import { z } from 'zod';
import { EventSequence } from '../events/event-filter.js';
import { Flag } from '../http/flag.js';

/** `GET /runs/{id}/logs?…` */
export const ReadLogs = z
  .strictObject({
    stream: z.enum(['stdout', 'stderr']).optional().describe('only this stream'),
    step: z.string().min(1).max(128).optional().describe('only what the step of this name wrote'),
    attempt: z
      .string()
      .regex(/^[1-9]\d{0,8}$/, 'must be the number of an attempt')
      .optional()
      .describe('only what this attempt wrote'),
    timestamps: Flag.default('false').describe('each line begins with its time and stream'),
    follow: Flag.default('false').describe('as server-sent events, first what is stored, then what comes'),
    lastEventId: EventSequence.optional().describe('with `follow`: as the header Last-Event-ID, which counts where both are given'),
  })
  .refine(({ follow, timestamps }) => follow === 'false' || timestamps === 'false', {
    path: ['timestamps'],
    error: 'cannot be had with `follow`: each event tells its time',
  })
  .refine(({ follow, lastEventId }) => follow === 'true' || lastEventId === undefined, {
    path: ['lastEventId'],
    error: 'is for `follow` only',
  });
export type ReadLogs = z.infer<typeof ReadLogs>;

export interface LogOrigin {
  readonly attempt: number;
  readonly step: string;
  readonly stream: 'stdout' | 'stderr';
}

export type LogFilter = (chunk: LogOrigin) => boolean;

export const logFilter =
  ({ stream, step, attempt }: Pick<ReadLogs, 'stream' | 'step' | 'attempt'>): LogFilter =>
  (chunk) =>
    (stream === undefined || chunk.stream === stream) &&
    (step === undefined || chunk.step === step) &&
    (attempt === undefined || chunk.attempt === Number(attempt));
