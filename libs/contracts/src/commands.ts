import { z } from 'zod';
import { HostFacts } from './agent.js';
import { RunId, TaskId, Timestamp } from './ids.js';

const none = z.strictObject({});
const waitSeconds = z
  .number()
  .min(0)
  .max(3600)
  .default(60)
  .describe('how long other work on this agent may go on; what has not ended by then is ended, and reported as AGENT_STOPPED');

const AgentLogLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error']);
export type AgentLogLevel = z.infer<typeof AgentLogLevel>;

const CollectAgentLog = z.strictObject({
  lines: z.number().int().min(1).max(10_000).default(500).describe('the last so many, as far as they fit into 64 KiB'),
  level: AgentLogLevel.optional().describe('only lines of this level and of those above it'),
});

const StopTask = z.union([z.strictObject({ taskId: TaskId }), z.strictObject({ runId: RunId })], {
  error: 'needs either `taskId` or `runId`, and nothing else',
});

const RunningTask = z.object({
  taskId: TaskId,
  taskName: z.string(),
  runId: RunId,
  attempt: z.number().int(),
  step: z.string().nullable().describe('the name of the step that runs now'),
  startedAt: Timestamp,
});

const HttpCheck = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(4096),
  method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  expectStatus: z.array(z.number().int().min(100).max(599)).min(1).max(100).optional().describe('200 to 299 if not given'),
  expectBody: z.string().min(1).max(65_536).optional().describe('a text that stands in the first MiB of the body'),
  timeoutSeconds: z.number().positive().max(3600).default(10).describe('from the first byte sent to the last one needed'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/, 'is not the name of a header'), z.string().max(8192))
    .default({}),
  followRedirects: z.boolean().default(false).describe('at most 20; if not, the redirect itself is what is checked'),
});
const HttpCheckResult = z.object({
  status: z.number().int(),
  durationMs: z.number(),
  bodyStart: z.string().describe('its first 4 KiB, as text'),
});

const owner = z.union([z.string().regex(/^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,63}\$?$/), z.number().int().min(0).max(4_294_967_294)]);
const WriteFile = z.strictObject({
  path: z
    .string()
    .max(4096)
    .regex(/^\/[^\0]*[^/\0]$/, 'must be an absolute path of a file'),
  content: z.string().max(4_194_304),
  encoding: z.enum(['text', 'base64']).default('text').describe('how `content` is given'),
  mode: z
    .string()
    .regex(/^[0-7]{3,4}$/, 'must be three or four octal digits')
    .optional()
    .describe('of the file; if not given, that of the file that is replaced, or 0644'),
  owner: owner.optional().describe('name or number; if not given, that of the file that is replaced, as far as the agent may set it'),
  group: owner.optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')
    .optional()
    .describe('of the bytes to be written; checked before anything is touched'),
  createFolders: z.boolean().default(false).describe('those that are missing on the way are made, with mode 0755'),
  backup: z.boolean().default(false).describe('the file that is replaced is kept beside it under its name and `.bak`'),
  followSymlink: z
    .boolean()
    .default(false)
    .describe('where the path is a symbolic link, the file that it points to is written; if not, it is refused'),
});
const WriteFileResult = z.object({
  path: z.string().describe('of the file that was written'),
  bytes: z.number().int(),
  sha256: z.string(),
  changed: z.boolean().describe('false: content, mode and owner were so already, and nothing was touched'),
});

/** The commands that every agent has and a step can `use`: what each takes and what it puts out. */
export const builtInCommands = {
  Noop: { description: 'does nothing, at once', parameters: none, result: z.null() },
  CollectFacts: { description: "tells the host's facts, as they are now", parameters: none, result: HostFacts },
  ChangeLogLevel: {
    description: 'changes how much the agent logs, until it is started again',
    parameters: z.strictObject({ level: AgentLogLevel }),
    result: z.object({ previous: z.string(), level: AgentLogLevel }),
  },
  CollectAgentLog: {
    description: "tells the last lines of the agent's own log since its start, as text of at most 64 KiB",
    parameters: CollectAgentLog,
    result: z.string(),
  },
  StopTask: {
    description:
      'ends the runs of a task (or one run) on this agent, also in the middle of a step, but never the run that it is itself a step of; they are `canceled`, and their recovery does not run',
    parameters: StopTask,
    result: z.object({ stopped: z.array(RunId) }),
  },
  GetAgentsRunningTasks: {
    description: 'tells what runs on this agent now, besides the run that asks',
    parameters: none,
    result: z.array(RunningTask),
  },
  GracefulShutdownAgent: {
    description:
      'ends the agent when this run is over and stored: it hands over, takes nothing new, and other work may end. It is not started again; an operator does that on the host',
    parameters: z.strictObject({ waitSeconds }),
    result: z.null(),
  },
  ForceShutdownAgent: {
    description: 'ends the agent at once, and all that runs on it; only this run is stored first. It is not started again',
    parameters: none,
    result: z.null(),
  },
  RestartAgent: {
    description: 'ends the agent as GracefulShutdownAgent does, and has it started again',
    parameters: z.strictObject({ waitSeconds }),
    result: z.null(),
  },
  HttpCheck: {
    description: 'asks an HTTP server from this host; fails where the answer is not as expected',
    parameters: HttpCheck,
    result: HttpCheckResult,
  },
  WriteFile: {
    description:
      'puts a file in its place as a whole, with mode and owner: whoever reads it meanwhile sees the old one or the new one. Nothing is touched where it is so already',
    parameters: WriteFile,
    result: WriteFileResult,
  },
} as const satisfies Record<string, { description: string; parameters: z.ZodType; result: z.ZodType }>;

export type BuiltInCommandName = keyof typeof builtInCommands;
/** What a command is carried out with: checked, and with what was not given filled in. */
export type ParametersOf<N extends BuiltInCommandName> = z.output<(typeof builtInCommands)[N]['parameters']>;
export type ResultOf<N extends BuiltInCommandName> = z.output<(typeof builtInCommands)[N]['result']>;

export const isBuiltInCommand = (name: string): name is BuiltInCommandName => Object.hasOwn(builtInCommands, name);
