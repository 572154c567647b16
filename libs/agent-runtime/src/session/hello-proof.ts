import { createHash, randomBytes } from 'node:crypto';
import type { HelloReply } from '@klevr/contracts/presence';
import { HelloStatement, verdictsText } from '@klevr/contracts/task-keys';
import type { Log } from '@klevr/platform/log';
import type { TrustedKeys } from '../commands/trusted-keys.js';

/**
 * What of an answer to hello an agent obeys.
 * Promises: verdicts and the epoch below which nothing is accepted come from the task-manager alone, by its signature over just this hello; of an answer without one
 * they are left out, and the verdicts asked for again. Does not: doubt the rest (session, settings, who is primary), which the scheduler decides and NATS
 * lets nobody else say.
 */
export interface ProvenReply extends Omit<HelloReply, 'taskKeys' | 'signed'> {
  /** Null where nobody vouches for one. */
  readonly floorEpoch: number | null;
  /** There were verdicts that are not the task-manager's. */
  readonly unproven?: boolean;
}

export const newChallenge = (): string => randomBytes(16).toString('base64url');

export interface Asked {
  readonly agentId: string;
  readonly zoneId: string;
  readonly challenge: string;
}

export const provenReply = async (
  { taskKeys: _unsigned, signed, ...reply }: HelloReply,
  { agentId, zoneId, challenge }: Asked,
  { keys, log }: { readonly keys: Pick<TrustedKeys, 'take' | 'content'>; readonly log: Log },
): Promise<ProvenReply> => {
  // Without the task-manager there is nothing to sign.
  if (reply.verdicts === null) return { ...reply, floorEpoch: null };
  if (signed !== undefined) {
    await keys.take(signed.keys);
    const said = await keys.content(signed.answer, 'klevr-hello', HelloStatement);
    const digest = createHash('sha256').update(verdictsText(reply.verdicts)).digest('hex');
    const same = said?.agentId === agentId && said.zoneId === zoneId && said.challenge === challenge && said.session === reply.session;
    if (same && said.verdictsDigest === digest) return { ...reply, floorEpoch: said.epoch };
  }
  log.error(
    { signed: signed !== undefined },
    'the answer to hello is not signed by the task-manager: what it says of attempts is not done',
  );
  return { ...reply, verdicts: null, floorEpoch: null, unproven: true };
};
