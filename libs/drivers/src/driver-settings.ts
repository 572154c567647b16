import { z } from 'zod';

/** What a worker can be told about its engines, by variables `KLEVR_<KEY IN CAPITALS>`. Each driver has its own keys here; where none is set it finds its engines itself. */
export const driverSettings = {
  pretendWorld: z.string().min(1).optional().describe('file that is the engine of the pretend driver; without it there is none'),
};
export type DriverSettings = z.infer<z.ZodObject<typeof driverSettings>>;
