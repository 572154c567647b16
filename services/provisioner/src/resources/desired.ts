import { AppError, type Fault } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { ShelvedRecipe } from './recipe-shelf.js';
import type { ResourceRow, RevisionRow } from './resource-row.js';
import { isGone } from './resource-state.js';

const largestParametersBytes = 256 * 1024;

export const refuseFaults = (errors: readonly Fault[]): void => {
  if (errors.length > 0) throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [...errors] });
};

/** Of the parameters as a whole; they ride in a signed command and in answers, which are bounded. */
export const parameterFaults = (parameters: Record<string, unknown>): Fault[] =>
  Buffer.byteLength(JSON.stringify(parameters)) <= largestParametersBytes
    ? []
    : [{ path: 'parameters', message: `must have ${largestParametersBytes / 1024} KiB at most` }];

export interface NewResource {
  readonly zoneId: string;
  readonly zoneName: string;
  readonly name: string;
  readonly recipe: ShelvedRecipe;
  readonly parameters: Record<string, unknown>;
  readonly selfHeal: boolean;
  readonly engine: string | null;
  readonly createdBy: string;
}

export const newResource = (wish: NewResource, now: Date): ResourceRow => ({
  ...{ id: newId('resource'), ...wish, workerId: null, status: 'new', reason: null, revision: 1, appliedRevision: null },
  ...{ begunRevision: null, observed: null, observedAt: null, observeBy: null, drift: null, driftDigest: null },
  ...{ health: { state: 'none', checks: [] }, outputs: {}, operationId: null, healTries: 0, healNotBefore: null, healAt: null },
  ...{ createdAt: now, updatedAt: now },
});

/** The desired state as it is now, to be kept. */
export const revisionNow = (row: ResourceRow, credentials: readonly string[], createdBy: string, now: Date): RevisionRow => ({
  ...{ resourceId: row.id, revision: row.revision, recipe: row.recipe, parameters: row.parameters, credentials },
  ...{ createdBy, createdAt: now, appliedAt: null },
});

export const refuseOtherRevision = ({ revision }: Pick<ResourceRow, 'revision'>, ifRevision: number | undefined): void => {
  if (ifRevision === undefined || ifRevision === revision) return;
  throw new AppError('PRECONDITION_FAILED', `The resource is at revision ${revision} now, not ${ifRevision}`);
};

/** An engine is one of a driver: where nothing is left of the resource, and it gets another driver, the engine that had it is no wish any more. */
export const takeRecipe = (row: ResourceRow, recipe: ShelvedRecipe): void => {
  if (recipe.pinned.driver !== row.recipe.pinned.driver) row.engine = null;
  row.recipe = recipe;
};

/** What is there stays with its engine and its driver. */
export const refuseMove = (row: ResourceRow, engine: string | null | undefined, recipe: ShelvedRecipe | undefined): void => {
  if (isGone(row.status) && row.operationId === null) return;
  const { driver } = row.recipe.pinned;
  if (recipe !== undefined && recipe.pinned.driver !== driver)
    refuseFaults([
      { path: 'recipe.name', message: `is for ${recipe.pinned.driver}, but the resource stands on ${driver}; destroy it first` },
    ]);
  if (engine !== undefined && engine !== row.engine)
    throw new AppError('WRONG_STATE', 'The resource stands on its engine; destroy it before it gets another');
};

/** Nothing of it may be left, nor be on its way. */
export const refuseUnlessGone = (row: ResourceRow): void => {
  if (row.operationId !== null)
    throw new AppError('WRONG_STATE', `The operation ${row.operationId} is open; wait for its end or cancel it`);
  if (!isGone(row.status)) throw new AppError('WRONG_STATE', `The resource is ${row.status}; destroy it first`);
};
