import { z } from 'zod';
import { AgentStatus } from './agent.js';
import { DriverName } from './recipe.js';
import { AgentId, ZoneId } from './ids.js';
import { ZoneRef } from './zone.js';

/** Checked as a selector by the scheduler, which knows the grammar. */
export const Selector = z.string().max(4096);

/** How a task goes over many hosts: some at a time. */
export const Batch = z
  .strictObject({
    size: z.number().int().min(1).max(100_000).optional().describe('so many hosts at a time'),
    percent: z.number().gt(0).max(100).optional().describe('such a part of all hosts at a time, at least one'),
    pauseSeconds: z.number().min(0).max(86_400).default(0).describe('between the end of one batch and the beginning of the next'),
    stopAfterFailures: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(1)
      .describe('no further batch begins once so many runs have not succeeded'),
    stopAfterLost: z.number().int().min(1).max(100_000).default(1).describe('no further batch begins once so many touched hosts are lost'),
    stopAboveCpuLoad: z
      .number()
      .gt(0)
      .max(1_000)
      .optional()
      .describe('no further batch begins once the load a processor of a touched host, averaged over a minute, is above this'),
  })
  .refine(({ size, percent }) => (size === undefined) !== (percent === undefined), {
    path: ['size'],
    error: 'exactly one of `size` and `percent` must be given',
  })
  .meta({ id: 'Batch', oneOf: [{ required: ['size'] }, { required: ['percent'] }] });
export type Batch = z.infer<typeof Batch>;

/** How many of so many hosts one batch takes. */
export const batchSizeOf = ({ size, percent }: Batch, hosts: number): number =>
  size ?? Math.max(1, Math.floor((hosts * (percent ?? 100)) / 100));

export const Target = z
  .union(
    [
      z.strictObject({ agent: AgentId }),
      z.strictObject({ primary: z.literal(true) }),
      z.strictObject({ any: Selector }),
      z.strictObject({ all: Selector, batch: Batch.optional() }),
    ],
    { error: 'must be exactly one of {agent}, {primary: true}, {any: selector}, {all: selector, batch}' },
  )
  .meta({ id: 'Target' });
export type Target = z.infer<typeof Target>;

/** A worker of the zone, chosen when the task is dispatched: the target of the tasks that the provisioner makes, and of no other. */
export const WorkerTarget = z
  .strictObject({ worker: z.strictObject({ driver: DriverName, engine: z.string().min(1).max(255).nullable() }) })
  .meta({ id: 'WorkerTarget' });
export type WorkerTarget = z.infer<typeof WorkerTarget>;
export const TaskTarget = z.union([Target, WorkerTarget]);
export type TaskTarget = z.infer<typeof TaskTarget>;

/** `POST /targets/preview`: who would be hit now, and why the others would not. */
export const PreviewTarget = z.strictObject({ zone: ZoneRef, target: Target }).meta({ id: 'PreviewTarget' });
export type PreviewTarget = z.infer<typeof PreviewTarget>;

const previewedCommon = {
  agentId: AgentId,
  hostname: z.string(),
  status: AgentStatus,
  drained: z.boolean(),
};
export const TargetPreview = z
  .object({
    zoneId: ZoneId,
    zoneName: z.string(),
    total: z.object({ chosen: z.number().int(), others: z.number().int() }),
    chosen: z
      .array(
        z.object({
          ...previewedCommon,
          batch: z.number().int().nullable().describe('in which batch, from 1; null without batches'),
          waits: z.string().nullable().describe('why its run would wait, for now'),
        }),
      )
      .describe('at most 1,000'),
    others: z.array(z.object({ ...previewedCommon, why: z.string() })).describe('at most 1,000'),
  })
  .meta({ id: 'TargetPreview' });
export type TargetPreview = z.infer<typeof TargetPreview>;
