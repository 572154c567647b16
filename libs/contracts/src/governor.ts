import { z } from 'zod';
import { RunId, TaskId, ZoneId } from './ids.js';

/** What limits how many runs are under way at once, besides the limits of the zone and of each host. */
export const ConcurrencyKeyName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/, 'must be 1 to 128 letters, digits and . _ : / -, and begin with a letter or digit')
  .meta({ examples: ['db-main'] });

/** `PUT /zones/{zone}/concurrency-keys/{key}`. A key that was never set has the capacity 1. */
export const SetConcurrencyKey = z.strictObject({ capacity: z.number().int().min(1).max(10_000) }).meta({ id: 'SetConcurrencyKey' });
export type SetConcurrencyKey = z.infer<typeof SetConcurrencyKey>;

export const ConcurrencyKey = z
  .object({
    key: ConcurrencyKeyName,
    zoneId: ZoneId,
    capacity: z.number().int(),
    holders: z.array(z.object({ runId: RunId, taskId: TaskId })).describe('the runs that hold it now, at most 100'),
    held: z.number().int(),
    waiting: z.number().int(),
  })
  .meta({ id: 'ConcurrencyKey' });
export type ConcurrencyKey = z.infer<typeof ConcurrencyKey>;
