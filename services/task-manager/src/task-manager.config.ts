import { eventsDays } from '@klevr/contracts/streams';
import { commonConfig, secret } from '@klevr/platform/config';
import { z } from 'zod';
import { masterKeysText } from '@klevr/platform/master-keys';

const days = z.coerce.number().positive().max(3650);

/**
 * `KLEVR_TASK_KEY_FILE` names the file with the private Ed25519 keys that sign commands; it is watched, so that they can be rotated while it runs. `KLEVR_MASTER_KEY_FILE` the one with the keys that secrets at rest are
 * sealed with: `id:base64 of 32 bytes`, a line each, the current one first.
 */
export const taskManagerConfig = z.object({
  ...commonConfig,
  natsCredsFile: z.string().min(1),
  taskKey: secret(z.string().min(1)),
  /** The same variable once more: where it lies. */
  taskKeyFile: z.string().optional(),
  masterKey: secret(masterKeysText),
  keepTasksDays: days.default(30).describe('finished tasks with all that belongs to them'),
  keepLogsDays: days.default(14).describe('what runs of finished tasks wrote; never longer than the tasks'),
  keepEventsDays: days.max(eventsDays.most).default(eventsDays.usual).describe('the stream of events; give the schedulers the same'),
  callbackAllowPrivate: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
export type TaskManagerConfig = z.output<typeof taskManagerConfig>;
