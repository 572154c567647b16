import { z } from 'zod';

/** The body of an action that takes no fields (absent or `{}`), or a query that has none. */
export const NoFields = z.strictObject({}).prefault({});
export type NoFields = z.infer<typeof NoFields>;
