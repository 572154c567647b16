import { commonConfig, secret } from '@klevr/platform/config';
import { z } from 'zod';
import { masterKeysText } from './credentials/master-keys.js';

/**
 * `KLEVR_TASK_KEY_FILE` names the file with the private Ed25519 JWK that signs commands, `KLEVR_MASTER_KEY_FILE` the one with the keys that secrets at rest are
 * sealed with: `id:base64 of 32 bytes`, a line each, the current one first.
 */
export const taskManagerConfig = z.object({
  ...commonConfig,
  natsCredsFile: z.string().min(1),
  taskKey: secret(z.string().min(1)),
  masterKey: secret(masterKeysText),
  callbackAllowPrivate: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
export type TaskManagerConfig = z.output<typeof taskManagerConfig>;
