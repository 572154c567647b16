import { Secret } from '@klevr/recipes/secret';
import { z } from 'zod';

/** One container in the section of a recipe for the docker driver. */
const text = z.string().min(1).max(4096);
const path = z
  .string()
  .max(4096)
  .regex(/^\/(?!.*(^|\/)\.\.(\/|$)).+$/, 'must be an absolute path without ..')
  .refine((given) => !given.endsWith('/'), 'must not end with /');
const argv = z.array(z.string().max(65_536)).min(1).max(256);
const secretText = z.union([z.instanceof(Secret), z.string().max(65_536)]);
const envName = z.string().regex(/^[^=]{1,255}$/, 'must be a name without =');

const Port = z.strictObject({
  container: z.number().int().min(1).max(65_535),
  protocol: z.enum(['tcp', 'udp', 'sctp']).default('tcp'),
  host: z.number().int().min(1).max(65_535).nullable().default(null).describe('null: a free one, which is another after each start'),
  address: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0').describe('of the host; 127.0.0.1: only the host itself reaches it'),
});

const Mount = z.union([
  z.strictObject({ volume: z.string().max(63), path, readonly: z.boolean().default(false) }).describe('a volume of the recipe'),
  z.strictObject({ bind: path, path, readonly: z.boolean().default(true) }).describe("a path of the engine's host"),
  z.strictObject({
    tmpfs: z.literal(true),
    path,
    sizeBytes: z.number().int().min(4096).optional(),
    mode: z
      .string()
      .regex(/^0?[0-7]{3,4}$/)
      .optional(),
  }),
]);

const File = z
  .strictObject({
    path: path.describe('in the container'),
    from: text.optional().describe('a file of the recipe; rendered where it ends in .liquid'),
    content: z.union([z.instanceof(Secret), z.string().max(1_048_576)]).optional(),
    mode: z
      .string()
      .regex(/^0?[0-7]{3,4}$/)
      .default('0644'),
    uid: z.number().int().min(0).max(4_294_967_294).default(0),
    gid: z.number().int().min(0).max(4_294_967_294).default(0),
  })
  .refine(({ from, content }) => (from === undefined) !== (content === undefined), 'must have one of `from` and `content`');

const NetworkUse = z.preprocess(
  (given) => (typeof given === 'string' ? { network: given } : given),
  z.strictObject({
    network: z.string().max(63),
    aliases: z
      .array(z.string().min(1).max(255))
      .max(32)
      .default([])
      .describe('names by which the others find it, besides its name in the recipe'),
    address: z.union([z.ipv4(), z.ipv6()]).optional(),
  }),
);

const Health = z
  .strictObject({
    command: argv.describe('program and arguments in the container, never a line for a shell; good where it exits with 0'),
    everySeconds: z.number().min(0.1).max(3_600).default(5),
    timeoutSeconds: z.number().min(0.1).max(300).default(5),
    retries: z.number().int().min(1).max(100).default(3),
    startSeconds: z.number().min(0).max(3_600).default(0).describe('so long a failure does not count'),
  })
  .describe("the engine's own check; the container counts as brought up once it is good");

export const DockerContainer = z.strictObject({
  image: text.describe('a name in `images`, or a reference to pull'),
  command: argv.optional().describe('program and arguments, never a line for a shell'),
  entrypoint: argv.optional(),
  env: z.record(envName, z.union([secretText, z.number(), z.boolean()])).default({}),
  workingDir: path.optional(),
  user: text.optional(),
  hostname: z.string().min(1).max(63).optional(),
  ports: z.array(Port).max(256).default([]),
  mounts: z.array(Mount).max(64).default([]),
  files: z.array(File).max(256).default([]).describe('put into the container before it starts'),
  networks: z.array(NetworkUse).max(32).default([]),
  networkMode: z.enum(['host', 'none']).optional(),
  extraHosts: z.record(z.string().min(1).max(255), z.string().min(1).max(64)).optional().describe('name → address'),
  restart: z
    .strictObject({
      policy: z.enum(['no', 'always', 'unless-stopped', 'on-failure']),
      maxRetries: z.number().int().min(1).max(1_000).optional(),
    })
    .optional()
    .describe('unless-stopped if not given; never for a job'),
  job: z.boolean().default(false).describe('runs once and is good where it exits with 0'),
  resources: z
    .strictObject({
      memoryBytes: z.number().int().min(6_291_456).optional(),
      cpus: z.number().min(0.01).max(1_024).optional(),
      pids: z.number().int().min(1).max(4_194_304).optional(),
    })
    .default({}),
  health: Health.optional(),
  labels: z
    .record(z.string().min(1).max(255), z.string().max(4096))
    .refine((given) => !Object.keys(given).some((key) => key.startsWith('klevr.')), 'labels that start with klevr. belong to Klevr')
    .default({}),
  logs: z
    .strictObject({ driver: z.string().min(1).max(64), options: z.record(z.string().max(255), z.string().max(4096)).default({}) })
    .optional()
    .describe('three files of 10 MB if not given'),
  readonlyRootfs: z.boolean().optional(),
  capabilities: z.strictObject({ add: z.array(text).max(64).default([]), drop: z.array(text).max(64).default([]) }).optional(),
  noNewPrivileges: z.boolean().optional(),
  stopSignal: z.string().min(1).max(32).optional(),
  stopGraceSeconds: z.number().int().min(0).max(3_600).optional().describe('10 if not given'),
  init: z.boolean().optional().describe('a small init inside, which ends children that nobody waits for'),
  dependsOn: z.array(z.string().max(63)).max(64).default([]).describe('containers that are brought up before it'),
  settleSeconds: z.number().min(0).max(300).default(1).describe('so long it must run to count as brought up'),
  startTimeoutSeconds: z.number().min(1).max(86_400).default(120).describe('for its health, or the end of a job'),
});
