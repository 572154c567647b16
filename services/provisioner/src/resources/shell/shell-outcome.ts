import type { Observation } from '@klevr/contracts/provision';
import { healthStates, ObservedPart, PlanChange, type OperationStep } from '@klevr/contracts/resource';
import { isTerminal, type Run } from '@klevr/contracts/task';
import { z } from 'zod';
import type { ResourceRow } from '../resource-row.js';
import type { OperationRow } from '../operation-row.js';

/** What the scripts of one stage left in their outputs, one for each agent. Pure. */
export interface HostRun {
  readonly host: string;
  readonly run: Pick<Run, 'status' | 'output' | 'reason' | 'finishedAt'>;
}

const Planned = z.array(PlanChange).max(1_000);
const Status = z.strictObject({
  parts: z.array(ObservedPart).max(1_000).default([]),
  drift: Planned.default([]).describe('what an apply would change'),
  health: z
    .array(z.strictObject({ name: z.string().max(64), state: z.enum(healthStates), message: z.string().max(1_024).default('') }))
    .max(32)
    .default([]),
  outputs: z.record(z.string(), z.unknown()).default({}).describe('what outputs of the recipe may name as `observed.…`'),
});

/** A script that did well and said what nobody understands. */
export class BadOutput extends Error {
  override readonly name = 'BadOutput';
}

/** Parts of many agents are told apart by the names of their hosts. */
const named = <T extends { part: string }>(items: readonly T[], host: string, many: boolean): T[] =>
  many ? items.map((item) => ({ ...item, part: `${host}/${item.part}` })) : [...items];

export const plannedBy = (runs: readonly HostRun[], many: boolean): PlanChange[] =>
  runs.flatMap((of) => named(read(Planned, of) ?? [], of.host, many));

/** Undefined where none of them said anything. Outputs stand at their names, and once more below their hosts. */
export const seenBy = (
  runs: readonly HostRun[],
  many: boolean,
  outputs: (observed: Readonly<Record<string, unknown>>) => Record<string, unknown>,
  before: Pick<ResourceRow, 'health'>,
  now: Date,
): Observation | undefined => {
  const told = runs.map((of) => ({ ...of, status: read(Status, of) }));
  if (told.every(({ status }) => status === undefined)) return undefined;
  const from = <T>(take: (status: z.output<typeof Status>, host: string) => T[]): T[] =>
    told.flatMap(({ status, host }) => (status === undefined ? [] : take(status, host)));
  const values = from(({ outputs: of }) => [of]).reduce((all, one) => ({ ...all, ...one }), {});
  const hosts = Object.fromEntries(from(({ outputs: of }, host) => [[host, of] as const]));
  const health = from((status, host) =>
    status.health.map((check) => {
      const name = many ? `${host}/${check.name}` : check.name;
      const known = before.health.checks.find((of) => of.name === name && of.state === check.state);
      return { ...check, name, since: known?.since ?? now.toISOString() };
    }),
  );
  return {
    parts: from(({ parts }, host) => named(parts, host, many)),
    drift: from(({ drift }, host) => named(drift, host, many)),
    health,
    outputs: outputs(many ? { ...values, hosts } : values),
    engine: null,
    observedAtMs: Math.min(now.getTime(), ...told.map(({ run }) => Date.parse(run.finishedAt ?? now.toISOString()))),
  };
};

const read = <S extends z.ZodType>(schema: S, { host, run: { output } }: HostRun): z.output<S> | undefined => {
  if (output === null || output.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch (cause) {
    throw new BadOutput(`${host}: what the script wrote to KLEVR_OUTPUT is not JSON, or has more than 64 KiB`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new BadOutput(`${host}: what the script wrote to KLEVR_OUTPUT is not understood: ${faults.join('; ')}`);
};

/** The only part of a resource whose recipe cannot tell of parts. */
const whole = 'script';

/** Where no script makes a plan: an apply runs, unless the revision stands and nothing says that it has changed since. */
export const plainChange = (
  row: Pick<ResourceRow, 'status' | 'appliedRevision'>,
  { action, cause, revision }: Pick<OperationRow, 'action' | 'cause' | 'revision'>,
): PlanChange => {
  if (action === 'destroy') return { part: whole, action: 'delete', fields: [] };
  if (row.appliedRevision === null) return { part: whole, action: 'create', fields: [] };
  const stands = row.appliedRevision === revision && row.status === 'ready' && cause !== 'selfHeal';
  return { part: whole, action: stands ? 'none' : 'update', fields: [], ...(stands ? {} : { reason: 'the apply script runs' }) };
};

/** What became of planned changes. How far a script that failed has come is not known. */
export const stepsAfter = (steps: readonly OperationStep[], runs: readonly HostRun[], many: boolean): OperationStep[] =>
  steps.map((step) => {
    if (step.state !== 'planned' && step.state !== 'begun') return step;
    const its = runs.filter(({ host }) => !many || step.part === whole || step.part.startsWith(`${host}/`));
    const failed = its.find(({ run }) => isTerminal(run.status) && run.status !== 'succeeded');
    const at = (failed ?? its[0])?.run.finishedAt ?? null;
    if (failed !== undefined) return { ...step, state: 'failed', message: 'its script failed; how far it came is not known', at };
    return its.length > 0 && its.every(({ run }) => run.status === 'succeeded') ? { ...step, state: 'done', at } : step;
  });
