import { fileURLToPath } from 'node:url';
import { commaList, commonConfig, secret } from '@klevr/platform/config';
import { z } from 'zod';

const { instanceId, natsUrl, databaseUrl, httpHost, httpPort, logLevel } = commonConfig;

export const GatewayConfig = z.object({
  instanceId,
  natsUrl,
  natsCredsFile: z.string().min(1),
  databaseUrl,
  httpHost,
  httpPort,
  logLevel,
  adminUsername: z.string().min(1).max(64).default('admin'),
  adminPassword: secret(z.string().min(12).max(1024).optional()).describe('of the first user, used only while there is none'),
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional()
    .describe('how agents reach this door, for the commands that it tells; unless set, what the caller used'),
  downloadsDir: z
    .string()
    .min(1)
    .default(fileURLToPath(new URL('../../agent/dist', import.meta.url)))
    .describe('what hosts download: the folder of the built agent'),
  trustedProxies: commaList(z.string()).optional().describe('addresses whose X-Forwarded-For is believed'),
});
export type GatewayConfig = z.infer<typeof GatewayConfig>;
