import type { SignedCommand } from '@klevr/contracts/command';
import type { Refusal } from '../journal/journal.js';

/**
 * Whether a command with a good signature has effect at this agent now. Pure.
 * Only claims are judged here; whether the attempt is known already is the ledger's to say.
 */
export interface Standing {
  readonly agentId: string;
  readonly zoneId: string;
  readonly session: string | null;
  readonly epochFloor: number;
  /** The centre's time. */
  readonly nowMs: number;
}

type Claims = Pick<SignedCommand, 'agentId' | 'zoneId' | 'session' | 'epoch' | 'notAfterMs'>;

export const judgeCommand = (claims: Claims, here: Standing): Refusal | undefined => {
  if (claims.agentId !== here.agentId || claims.zoneId !== here.zoneId) {
    return { code: 'WRONG_AGENT', detail: 'the command is for another agent or zone' };
  }
  if (claims.session !== here.session) return { code: 'WRONG_SESSION', detail: 'the command is for another session of this agent' };
  if (claims.epoch < here.epochFloor) return { code: 'STALE_EPOCH', detail: `epoch ${claims.epoch} is below ${here.epochFloor}` };
  if (claims.notAfterMs < here.nowMs) {
    return { code: 'EXPIRED', detail: `the command was valid until ${here.nowMs - claims.notAfterMs} ms ago` };
  }
  return undefined;
};
