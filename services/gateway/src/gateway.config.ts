import { fileURLToPath } from 'node:url';
import { commaList, commonConfig, natsTlsConfig, secret } from '@klevr/platform/config';
import { certificateFile, privateKeyFile } from '@klevr/platform/pem-file';
import { z } from 'zod';
import { auditKeysText } from './audit/audit-keys.js';
import { openSignUpRoles, signUpModes } from './auth/identity-settings.js';
import { oidcConfig, oidcFaults } from './oidc/oidc-settings.js';

const { instanceId, natsUrl, databaseUrl, databaseCaFile, redisUrl, redisCaFile, httpHost, httpPort, logLevel } = commonConfig;

const webOrigin = z
  .string()
  .refine(isOrigin, { error: 'must be an origin as browsers write it: https://host or https://host:port, nothing after it' });
const perTime = z.coerce.number().int().min(0).max(1_000_000);

export const GatewayConfig = z
  .object({
    instanceId,
    natsUrl,
    natsCredsFile: z.string().min(1),
    ...natsTlsConfig,
    databaseUrl,
    databaseCaFile,
    redisUrl,
    redisCaFile,
    httpHost,
    httpPort,
    logLevel,
    adminUsername: z.string().min(1).max(64).default('admin'),
    adminPassword: secret(z.string().min(12).max(1024).optional()).describe('of the first user, used only while there is none'),
    sessionTtlSeconds: z.coerce
      .number()
      .int()
      .min(60)
      .max(86_400)
      .default(7_200)
      .describe('how long a session goes on without being renewed'),
    sessionMaxSeconds: z.coerce
      .number()
      .int()
      .min(60)
      .max(2_592_000)
      .default(86_400)
      .describe('how long it goes on however often it is renewed'),
    signUp: z.enum(signUpModes).default('invitation').describe('who may make an account for themselves'),
    signUpRole: z.enum(openSignUpRoles).default('none').describe('in all zones, of who signed up without an invitation'),
    ...oidcConfig,
    auditKey: secret(auditKeysText).describe('signs heads of the audit trail'),
    keepAuditDays: z.coerce.number().min(1).max(36_500).default(365).describe('entries of the audit trail'),
    publicUrl: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .optional()
      .describe('how agents reach this door, for the commands that it tells; unless set, what the caller used'),
    downloadsDir: commaList(z.string())
      .default(['agent', 'provisioner'].map((service) => fileURLToPath(new URL(`../../${service}/dist`, import.meta.url))))
      .describe('what hosts download: the folders of the built agent and worker, with a comma between'),
    rateLimitPerSecond: perTime.default(2_000).describe('requests of a session or API token, measured over ten seconds; 0 for any number'),
    publicRateLimitPerMinute: perTime
      .default(6_000)
      .describe('requests of an address without a session or with a wrong one; 0 for any number'),
    corsOrigins: commaList(webOrigin)
      .optional()
      .describe('origins whose pages may use the API from a browser, such as https://console.example'),
    tlsCertFile: certificateFile
      .optional()
      .describe('HTTPS is served with it (and those of its authorities behind it); read anew when it changes'),
    tlsKeyFile: privateKeyFile.optional().describe('of that certificate'),
    tlsClientCaFile: certificateFile.optional().describe('of the authority whose certificate each client must show'),
    maxConnections: z.coerce.number().int().min(1).max(1_000_000).default(20_000).describe('connections at once; more are hung up'),
    trustedProxies: commaList(z.string()).optional().describe('addresses whose X-Forwarded-For is believed'),
  })
  .superRefine(({ tlsCertFile, tlsKeyFile, tlsClientCaFile, ...oidc }, context) => {
    for (const { path, message } of oidcFaults(oidc)) context.addIssue({ code: 'custom', path: [path], message });
    const lone = (key: string): void => context.addIssue({ code: 'custom', path: [key], message: 'is required for HTTPS' });
    if (tlsCertFile === undefined && (tlsKeyFile ?? tlsClientCaFile) !== undefined) lone('tlsCertFile');
    if (tlsKeyFile === undefined && (tlsCertFile ?? tlsClientCaFile) !== undefined) lone('tlsKeyFile');
  });
export type GatewayConfig = z.infer<typeof GatewayConfig>;

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}
