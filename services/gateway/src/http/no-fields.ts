import { z } from 'zod';

/** The body of an action that takes no fields: absent or `{}`. */
export const NoFields = z.strictObject({}).prefault({});
export type NoFields = z.infer<typeof NoFields>;
