import { commonConfig, loadConfig, natsTlsConfig, secret } from '@klevr/platform/config';
import { certificateFile } from '@klevr/platform/pem-file';
import { z } from 'zod';

/** The agent's configuration: the only reader of the environment. The join token is needed for the first start alone. */
export const AgentConfig = z.object({
  agentDir: z.string().min(1).describe('state folder: identity, journal, spools'),
  serverUrl: z.url({ protocol: /^https?$/, error: 'must be the http or https address of the gateway' }).optional(),
  caFile: certificateFile
    .optional()
    .describe('of the authority of the gateway, and of NATS servers at tls:// unless KLEVR_NATS_CA_FILE names another'),
  ...natsTlsConfig,
  joinToken: secret(z.string().min(1).max(256).optional()),
  beaconHost: z.string().min(1).default('127.0.0.1'),
  beaconPort: z.coerce.number().int().min(0).max(65_535).default(18_800).describe('the next free one is taken where it is in use'),
  logLevel: commonConfig.logLevel,
});
export type AgentConfig = z.infer<typeof AgentConfig> & {
  /** What scripts inherit: the agent's own environment without its settings and secrets. */
  readonly scriptEnvironment: Readonly<Record<string, string>>;
};

/** `more`: the keys of a program that is more than an agent. */
export const loadAgentConfig = <S extends z.ZodObject>(more: S): AgentConfig & z.output<S> => ({
  ...loadConfig(z.object({ ...AgentConfig.shape, ...more.shape }) as unknown as typeof AgentConfig & S),
  scriptEnvironment: scriptEnvironmentOf(process.env),
});

export const scriptEnvironmentOf = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || /^(KLEVR_|NODE_OPTIONS$|NOTIFY_SOCKET$)/.test(name) ? [] : [[name, value]],
    ),
  );
