import { z } from 'zod';

/** A yes or no in a query, where every value is text. */
export const Flag = z.enum(['true', 'false'], { error: 'must be true or false' });
export type Flag = z.infer<typeof Flag>;
