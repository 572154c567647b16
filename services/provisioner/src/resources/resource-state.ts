import type { ResourceStatus } from '@klevr/contracts/resource';

/**
 * The states of a resource, as a table. What is not in it leaves the state as it is: a worker's word that comes too late changes nothing.
 * `unseen`: nobody has looked at it for too long. A failed apply stays failed until something is carried out again, whatever is seen meanwhile.
 */
export const resourceEvents = [
  'applyBegan',
  'applied',
  'appliedOtherwise',
  'applyFailed',
  'destroyBegan',
  'destroyed',
  'destroyFailed',
  'seenGood',
  'seenDrifted',
  'unseen',
] as const;
export type ResourceEvent = (typeof resourceEvents)[number];

type Edges = Partial<Record<ResourceEvent, ResourceStatus>>;
const begins: Edges = { applyBegan: 'applying', destroyBegan: 'destroying' };

export const resourceTransitions: Readonly<Record<ResourceStatus, Edges>> = {
  new: begins,
  applying: { applied: 'ready', appliedOtherwise: 'drifted', applyFailed: 'failed' },
  ready: { ...begins, seenDrifted: 'drifted', unseen: 'unknown' },
  drifted: { ...begins, seenGood: 'ready', unseen: 'unknown' },
  failed: begins,
  destroying: { destroyed: 'destroyed', destroyFailed: 'failed' },
  destroyed: begins,
  unknown: { ...begins, seenGood: 'ready', seenDrifted: 'drifted' },
};

/** Nothing of it is left, or was ever there. */
export const isGone = (status: ResourceStatus): boolean => status === 'new' || status === 'destroyed';
