import { z } from 'zod';

export const RetryPolicy = z
  .strictObject({
    maxAttempts: z.number().int().min(1).max(100).default(3),
    delaySeconds: z.number().min(0).max(86_400).default(5).describe('before the second attempt; each further pause is twice as long'),
    maxDelaySeconds: z.number().min(0).max(86_400).default(300),
    on: z
      .array(z.enum(['lost', 'failed', 'timed_out']))
      .min(1)
      .default(['lost'])
      .describe('which ends of an attempt are followed by another one'),
    aloneSeconds: z
      .number()
      .min(30)
      .max(86_400)
      .default(300)
      .describe(
        'with the targets `any` and `primary`: how long the agent may be cut off before it ends the attempt by itself, so that another agent can take over without overlap',
      ),
  })
  .meta({ id: 'RetryPolicy' });
export type RetryPolicy = z.infer<typeof RetryPolicy>;

/** How often a run may be begun: once whatever happens, or again after an attempt whose end nobody can tell. */
export const executions = ['atMostOnce', 'atLeastOnce'] as const;
export type Execution = (typeof executions)[number];

/** What one run may write by default before it is cut, in bytes. */
export const defaultLogBytes = 10 * 1024 * 1024;
