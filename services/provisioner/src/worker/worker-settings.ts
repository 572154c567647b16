import { DriverName } from '@klevr/contracts/recipe';
import { driverSettings, type DriverSettings } from '@klevr/drivers/driver-settings';
import { commaList } from '@klevr/platform/config';
import { z } from 'zod';

/** What the worker reads besides what an agent reads. Each driver has its own keys in libs/drivers. */
export const WorkerSettings = z.object({
  workerDrivers: commaList(z.string().pipe(DriverName))
    .optional()
    .describe('drivers that it offers, with commas between; all that find an engine if not given'),
  workerRecipeMegabytes: z.coerce.number().int().min(32).max(65_536).default(256).describe('room for recipes on disk'),
  ...driverSettings,
});
export type WorkerSettings = z.infer<typeof WorkerSettings>;

/** Without what drivers need not know, such as join tokens. */
export const settingsOfDrivers = (settings: WorkerSettings): DriverSettings =>
  Object.fromEntries(Object.keys(driverSettings).map((key) => [key, (settings as Record<string, unknown>)[key]])) as DriverSettings;
