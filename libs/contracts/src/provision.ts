import { z } from 'zod';
import { AgentId, OperationId, ResourceId, RunId, SessionId } from './ids.js';
import { DriverName, RecipeName, RecipeVersion } from './recipe.js';
import { ResourceName, CheckedHealth, Engine, ObservedPart, OperationAction, Plan, PlanChange } from './resource.js';

/** How the provisioner, the task-manager and the workers of a zone speak with each other. A worker is an agent that carries out operations on resources. */

/**
 * `klevr.v1.provision.<zone>.claim`: who takes this? A worker subscribes once for each name that `claimGroups` gives for its engines, with that name as queue
 * group: every group hears every claim, and only the one of the claim's own group answers.
 */
export const Claim = z.object({ runId: RunId, driver: DriverName, engine: z.string().nullable() });
export type Claim = z.infer<typeof Claim>;
export const ClaimReply = z.object({ agentId: AgentId, session: SessionId });
export type ClaimReply = z.infer<typeof ClaimReply>;
/** Engine ids are not subject tokens; a queue group takes any text without blanks. */
export const claimGroup = ({ driver, engine }: Pick<Claim, 'driver' | 'engine'>): string =>
  engine === null ? driver : `${driver}:${engine.replace(/\s/g, '_')}`;

/** The step of an operation's task. Workers alone have the command; the gateway takes it from nobody. */
export const provisionCommand = 'Provision';
export const ProvisionStep = z.strictObject({
  operationId: OperationId,
  action: OperationAction,
  resource: z.strictObject({ id: ResourceId, name: ResourceName, revision: z.number().int() }),
  recipe: z.strictObject({ name: RecipeName, version: RecipeVersion, driver: DriverName, digest: z.string(), bytes: z.number().int() }),
  parameters: z.record(z.string(), z.unknown()),
  deleteData: z.boolean(),
  /** The engine that has it. Where nobody has it yet, the worker takes the first that it reaches, and says so with its first word. */
  engine: z.string().nullable().optional(),
  /** The digest of the plan that a person agreed to: another one ends it. */
  planDigest: z.string().nullable(),
});
export type ProvisionStep = z.output<typeof ProvisionStep>;

/** What a worker saw of a resource. Later ones replace earlier ones, by `observedAtMs` (the centre's time). */
export const Observation = z.object({
  parts: z.array(ObservedPart).max(10_000),
  drift: z.array(PlanChange).max(10_000),
  health: z.array(CheckedHealth),
  outputs: z.record(z.string(), z.unknown()).describe('names of sensitive ones are in the recipe'),
  engine: Engine.nullable(),
  observedAtMs: z.number().int(),
});
export type Observation = z.infer<typeof Observation>;

/** Asked by a worker on `klevr.v1.provision.<zone>.<agent>.<verb>`; the zone and the worker are those of the subject. */
const ofResource = { resourceId: ResourceId, revision: z.number().int() };
export const provisionAsks = {
  /** A gzipped tar of the recipe's folder, piece by piece. `data` is empty past its end. */
  files: {
    request: z.object({ digest: z.string(), offset: z.number().int().min(0) }),
    reply: z.object({ data: z.base64(), bytes: z.number().int() }),
  },
  /** Told as they happen, and again until answered. */
  progress: {
    request: z.object({
      operationId: OperationId,
      runId: RunId,
      attempt: z.number().int(),
      seq: z.number().int().describe('grows within the attempt; an older one than the last is dropped'),
      plan: Plan.nullable(),
      engine: Engine.optional().describe('where it is carried out; told before anything is'),
      steps: z.array(
        z.object({
          index: z.number().int(),
          state: z.enum(['begun', 'done', 'failed', 'skipped']),
          message: z.string().nullable(),
          atMs: z.number().int(),
        }),
      ),
    }),
    reply: z.object({ stop: z.boolean().describe('nobody wants it any more') }),
  },
  /** Before the step ends: the centre has it when this is answered. */
  result: {
    request: z.object({
      operationId: OperationId,
      runId: RunId,
      attempt: z.number().int(),
      ok: z.boolean(),
      message: z.string().nullable(),
      plan: Plan.nullable(),
      observation: Observation.nullable(),
    }),
    reply: z.object({}),
  },
  /** By itself: the engine's event, a check's change, or the time. `known: false`: this worker may forget the resource. */
  observed: {
    request: z.object({ ...ofResource, cause: z.enum(['event', 'health', 'interval', 'start']), observation: Observation }),
    reply: z.object({ known: z.boolean() }),
  },
  /** State that a driver keeps with the centre (terraform): sealed there, one holder at a time. `lock` answers the same holder again. CONFLICT where another has it. */
  lockState: {
    request: z.object({ ...ofResource, holder: z.string().max(128) }),
    reply: z.object({ bytes: z.number().int(), digest: z.string().nullable() }),
  },
  readState: {
    request: z.object({ ...ofResource, offset: z.number().int().min(0) }),
    reply: z.object({ data: z.base64(), bytes: z.number().int() }),
  },
  writeState: {
    request: z.object({
      ...ofResource,
      holder: z.string().max(128),
      offset: z.number().int().min(0),
      data: z.base64(),
      last: z.boolean(),
      digest: z.string().nullable(),
    }),
    reply: z.object({}),
  },
  unlockState: { request: z.object({ ...ofResource, holder: z.string().max(128) }), reply: z.object({}) },
} as const;
export type ProvisionVerb = keyof typeof provisionAsks;
export type AskedOf<V extends ProvisionVerb> = z.input<(typeof provisionAsks)[V]['request']>;
export type AnsweredOf<V extends ProvisionVerb> = z.output<(typeof provisionAsks)[V]['reply']>;

/** The largest piece of a recipe or a state in one message, in bytes before base64. */
export const pieceBytes = 384 * 1024;
