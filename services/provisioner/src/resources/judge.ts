import type { RequestOf } from '@klevr/contracts/contract';
import type { provisionContracts } from '@klevr/contracts/provisioner-contracts';
import type { ResourceRow } from './resource-row.js';
import { isGone } from './resource-state.js';

export type ToldObservation = RequestOf<typeof provisionContracts.observed>;
export interface Witness {
  readonly zoneId: string;
  readonly agentId: string;
}

/** `forget`: it has no business with this resource any more. `drop`: not now, or told already. */
export type Judgement = 'take' | 'drop' | 'forget';

/**
 * What the centre makes of an observation. The worker that carried it out is its witness; where there is none (lost, removed), any on the same engine becomes it.
 * What an open operation is about to change is not judged, nor what is of another revision than the one that was begun last, nor what is older than known.
 */
export const judgeObservation = (row: ResourceRow | undefined, { zoneId, agentId }: Witness, told: ToldObservation): Judgement => {
  if (row === undefined || row.zoneId !== zoneId) return 'forget';
  if (row.operationId !== null) return 'drop';
  if (isGone(row.status)) return 'forget';
  if (row.workerId !== null && row.workerId !== agentId) return 'forget';
  const engine = told.observation.engine?.id ?? null;
  if (row.workerId === null && engine !== row.engine) return 'forget';
  if (told.revision !== row.begunRevision) return 'drop';
  return told.observation.observedAtMs > (row.observedAt?.getTime() ?? 0) ? 'take' : 'drop';
};
