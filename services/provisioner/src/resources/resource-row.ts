import type { CheckedHealth, ObservedPart, PlanChange, Resource, ResourceStatus, healthStates } from '@klevr/contracts/resource';
import type { ShelvedRecipe } from './recipe-shelf.js';

export type HealthState = (typeof healthStates)[number];
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** A resource as it is stored. */
export interface ResourceRow {
  readonly id: string;
  readonly zoneId: string;
  readonly zoneName: string;
  readonly name: string;
  recipe: ShelvedRecipe;
  parameters: Record<string, unknown>;
  selfHeal: boolean;
  /** The wish until the first apply began; then the one that has it. */
  engine: string | null;
  workerId: string | null;
  status: ResourceStatus;
  reason: (Reason & { readonly since: string }) | null;
  revision: number;
  appliedRevision: number | null;
  /** Of the apply that began last: what is there is that, or something on the way to it. */
  begunRevision: number | null;
  observed: readonly ObservedPart[] | null;
  observedAt: Date | null;
  /** When it counts as unseen, if nobody looks before. */
  observeBy: Date | null;
  drift: { readonly since: string; readonly changes: readonly PlanChange[] } | null;
  driftDigest: string | null;
  health: { readonly state: HealthState; readonly checks: readonly CheckedHealth[] };
  /** Sensitive ones as `***`. */
  outputs: Readonly<Record<string, unknown>>;
  /** The apply or destroy that is open. */
  operationId: string | null;
  healTries: number;
  healNotBefore: Date | null;
  healAt: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  updatedAt: Date;
}

/** The desired state, as it was at one revision. */
export interface RevisionRow {
  readonly resourceId: string;
  readonly revision: number;
  readonly recipe: ShelvedRecipe;
  readonly parameters: Record<string, unknown>;
  readonly credentials: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly appliedAt: Date | null;
}

/** As the world sees it. */
export const resourceOf = (row: ResourceRow, operation: Resource['operation']): Resource => ({
  ...{ id: row.id, name: row.name, zoneId: row.zoneId, zoneName: row.zoneName, recipe: row.recipe.pinned },
  ...{ parameters: row.parameters, selfHeal: row.selfHeal, placement: { engine: row.engine, workerId: row.workerId } },
  ...{ status: row.status, reason: row.reason, revision: row.revision, appliedRevision: row.appliedRevision },
  observed: row.observed === null ? null : [...row.observed],
  observedAt: row.observedAt?.toISOString() ?? null,
  drift: row.drift === null ? null : { since: row.drift.since, changes: [...row.drift.changes] },
  health: { state: row.health.state, checks: [...row.health.checks] },
  ...{ outputs: { ...row.outputs }, operation },
  ...{ createdBy: row.createdBy, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() },
});
