import { commonConfig, secret } from '@klevr/platform/config';
import { z } from 'zod';

/** `KLEVR_TASK_KEY_FILE` names the file with the private Ed25519 JWK that signs commands. */
export const taskManagerConfig = z.object({
  ...commonConfig,
  natsCredsFile: z.string().min(1),
  taskKey: secret(z.string().min(1)),
  callbackAllowPrivate: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
export type TaskManagerConfig = z.output<typeof taskManagerConfig>;
