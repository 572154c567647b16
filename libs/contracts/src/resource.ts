import { z } from 'zod';
import { SourceName } from './catalogue.js';
import { AgentId, OperationId, ResourceId, RunId, TaskId, Timestamp, ZoneId } from './ids.js';
import { DriverName, RecipeName, RecipeVersion } from './recipe.js';
import { ZoneRef } from './zone.js';

/** Unique in its zone. Also a part of the names that engines see. */
export const ResourceName = RecipeName;
const Json = z.record(z.string(), z.unknown());

/** What a plan would do to one part of a resource (`container/web`, `volume/data`, `domain/vm`). */
export const PlanChange = z
  .object({
    part: z.string().max(512),
    action: z
      .enum(['create', 'update', 'replace', 'delete', 'keep', 'none'])
      .describe('keep: is left behind although the resource goes, as it holds data'),
    reason: z.string().max(4096).optional(),
    fields: z
      .array(z.object({ path: z.string(), before: z.unknown(), after: z.unknown() }))
      .default([])
      .describe('secrets stand here as `***`'),
  })
  .meta({ id: 'PlanChange' });
export type PlanChange = z.infer<typeof PlanChange>;
export const Plan = z
  .object({
    summary: z.object({
      create: z.number().int(),
      update: z.number().int(),
      replace: z.number().int(),
      delete: z.number().int(),
      keep: z.number().int(),
      none: z.number().int(),
    }),
    changes: z.array(PlanChange),
    text: z.string().describe('the same for people'),
    digest: z.string().describe('of the changes: the same plan has the same'),
  })
  .meta({ id: 'Plan' });
export type Plan = z.infer<typeof Plan>;

/** One part as the engine has it. */
export const ObservedPart = z
  .object({
    part: z.string(),
    state: z.string().describe("the engine's own word: running, exited, shut off, …"),
    details: Json.default({}),
  })
  .meta({ id: 'ObservedPart' });
export type ObservedPart = z.infer<typeof ObservedPart>;

export const healthStates = ['none', 'starting', 'healthy', 'unhealthy', 'unknown'] as const;
export const CheckedHealth = z
  .object({ name: z.string(), state: z.enum(healthStates), message: z.string(), since: Timestamp })
  .meta({ id: 'CheckedHealth' });
export type CheckedHealth = z.infer<typeof CheckedHealth>;

export const resourceStatuses = ['new', 'applying', 'ready', 'drifted', 'failed', 'destroying', 'destroyed', 'unknown'] as const;
export type ResourceStatus = (typeof resourceStatuses)[number];

const pinned = z.object({
  source: SourceName,
  name: RecipeName,
  version: RecipeVersion,
  commit: z.string(),
  digest: z.string(),
  driver: DriverName,
});

export const Resource = z
  .object({
    id: ResourceId,
    name: ResourceName,
    zoneId: ZoneId,
    zoneName: z.string(),
    recipe: pinned.meta({ id: 'PinnedRecipe' }),
    parameters: Json,
    selfHeal: z.boolean().describe('drift is mended by an apply of its own'),
    placement: z.object({
      engine: z.string().nullable().describe('the engine that has it; any that fits takes it first'),
      workerId: AgentId.nullable(),
    }),
    status: z.enum(resourceStatuses),
    reason: z.object({ code: z.string(), message: z.string(), since: Timestamp }).nullable(),
    revision: z.number().int().describe('of the desired state; grows with every change, and is what If-Match compares'),
    appliedRevision: z.number().int().nullable(),
    observed: z.array(ObservedPart).nullable(),
    observedAt: Timestamp.nullable(),
    drift: z.object({ since: Timestamp, changes: z.array(PlanChange) }).nullable(),
    health: z.object({ state: z.enum(healthStates), checks: z.array(CheckedHealth) }),
    outputs: z.record(z.string(), z.unknown()).describe('sensitive ones stand as `***`'),
    operation: z.object({ id: OperationId, action: z.string(), status: z.string() }).nullable().describe('what is under way'),
    createdBy: z.string(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Resource' });
export type Resource = z.infer<typeof Resource>;

const RecipeRef = z.strictObject({
  source: SourceName.default('klevr'),
  name: RecipeName,
  version: RecipeVersion.optional().describe('the newest if not given'),
});
const wishes = {
  recipe: RecipeRef,
  parameters: Json.default({}),
  selfHeal: z.boolean().default(false),
  engine: z
    .string()
    .min(1)
    .max(255)
    .nullable()
    .default(null)
    .describe('id of the engine that shall have it, as workers tell it; any that fits if null'),
};
export const CreateResource = z
  .strictObject({ name: ResourceName, zone: ZoneRef, ...wishes, apply: z.boolean().default(false).describe('at once') })
  .meta({ id: 'CreateResource' });
export type CreateResource = z.infer<typeof CreateResource>;
/** What is not given stays. The engine is another only where nothing was applied yet. */
export const UpdateResource = z
  .strictObject({
    recipe: RecipeRef.optional(),
    parameters: Json.optional(),
    selfHeal: z.boolean().optional(),
    engine: z.string().min(1).max(255).nullable().optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateResource', minProperties: 1 });
export type UpdateResource = z.infer<typeof UpdateResource>;

export const operationActions = ['plan', 'apply', 'destroy', 'refresh'] as const;
export const OperationAction = z.enum(operationActions);
export type OperationAction = z.infer<typeof OperationAction>;
export const operationStatuses = ['queued', 'running', 'succeeded', 'failed', 'canceled', 'lost'] as const;
export const stepStates = ['planned', 'begun', 'done', 'failed', 'skipped'] as const;

/** One change of an operation, and what became of it. */
export const OperationStep = z
  .object({
    part: z.string(),
    action: PlanChange.shape.action,
    state: z.enum(stepStates),
    message: z.string().nullable(),
    at: Timestamp.nullable(),
  })
  .meta({ id: 'OperationStep' });
export type OperationStep = z.infer<typeof OperationStep>;

export const Operation = z
  .object({
    id: OperationId,
    resourceId: ResourceId,
    resourceName: ResourceName,
    zoneId: ZoneId,
    action: OperationAction,
    cause: z.enum(['user', 'selfHeal', 'rollback', 'schedule']),
    status: z.enum(operationStatuses),
    reason: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .describe('why it waits, or how it ended where it did not succeed'),
    revision: z.number().int().describe('of the desired state that it is about'),
    taskId: TaskId.nullable(),
    runId: RunId.nullable(),
    workerId: AgentId.nullable(),
    plan: Plan.nullable(),
    steps: z.array(OperationStep),
    deleteData: z.boolean(),
    createdBy: z.string(),
    createdAt: Timestamp,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Operation' });
export type Operation = z.infer<typeof Operation>;

/** `POST /resources/{id}/apply`. */
export const ApplyResource = z
  .strictObject({ plan: OperationId.optional().describe('a plan that was made: applied only if it would be the same now') })
  .meta({ id: 'ApplyResource' });
export type ApplyResource = z.infer<typeof ApplyResource>;
/** `POST /resources/{id}/destroy`. */
export const DestroyResource = z
  .strictObject({ deleteData: z.boolean().default(false).describe('data volumes too') })
  .meta({ id: 'DestroyResource' });
export type DestroyResource = z.infer<typeof DestroyResource>;
/** `POST /resources/{id}/rollback`: the desired state becomes that of an earlier revision (the one applied last if none is named), and is applied. */
export const RollbackResource = z.strictObject({ revision: z.number().int().min(1).optional() }).meta({ id: 'RollbackResource' });
export type RollbackResource = z.infer<typeof RollbackResource>;
export const Revision = z
  .object({
    revision: z.number().int(),
    recipe: pinned,
    parameters: Json,
    createdBy: z.string(),
    createdAt: Timestamp,
    appliedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Revision' });
export type Revision = z.infer<typeof Revision>;

/** An engine as a worker tells of it. */
export const Engine = z
  .object({
    driver: DriverName,
    id: z.string().min(1).max(255).describe('the same for all workers that reach the same engine'),
    version: z.string(),
    description: z.string().default(''),
  })
  .meta({ id: 'Engine' });
export type Engine = z.infer<typeof Engine>;
