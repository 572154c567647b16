import { holderOf, type ElectionEvent, type ZoneElection } from '@klevr/election/settlement-types';
import { candidateOf, connOf } from '../election/candidates.source.js';
import type { AgentRow } from '../tables/agent.entity.js';
import { preferenceOf } from './roster.js';

/**
 * What the election has to hear where labels or the drain of an agent decide anew whether it leads, or undefined where that changes nothing.
 * `answering`: this replica acts on it; the others leave it that for a moment.
 */
export const willingnessOf = (zone: ZoneElection, row: AgentRow, answering: boolean): ElectionEvent | undefined => {
  const known = zone.candidates.get(row.id);
  const preference = preferenceOf(row);
  const conn = known?.conn ?? connOf(row);
  const holder = holderOf(zone);
  const leads = holder?.agentId === row.id;
  if (known === undefined && preference !== 'never') {
    const stands = row.standing && row.status === 'online';
    return stands ? { kind: 'candidateLoaded', candidate: candidateOf(row) } : undefined;
  }
  // One whose connection is cut says hello when it is back.
  if (known?.preference === preference || known?.away || (known === undefined && !leads) || conn === undefined) return undefined;
  const session = leads ? holder.session : known?.session;
  const load = known?.load ?? row.loadScore;
  return { kind: 'stands', agentId: row.id, session, conn, load, preference, standing: true, answering };
};
