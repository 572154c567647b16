import type { AgentStatus } from '@klevr/contracts/agent';
import type { Headless } from '@klevr/contracts/zone';

/** Why a zone has no primary, by the agents that it has. Pure. */
export interface Pool {
  readonly counts: Partial<Record<AgentStatus, number>>;
  /** Of those that are there: how many neither are drained nor have the label `primary=never`. */
  readonly mayLead: number;
}

const plural = (number: number): string => (number === 1 ? '1 agent' : `${number} agents`);

export const headlessReason = ({ counts, mayLead }: Pool): Pick<Headless, 'reason' | 'detail'> => {
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  if (total === 0) return { reason: 'noAgents', detail: 'no agent has joined the zone' };
  const there = (counts.online ?? 0) + (counts.drained ?? 0);
  if (there === 0) return { reason: 'nobodyOnline', detail: `the zone has ${plural(total)}, and none is online` };
  if (mayLead > 0) return { reason: 'electing', detail: 'a primary is being settled' };
  const drained = counts.drained ?? 0;
  const never = there - drained;
  const why = [...(never > 0 ? [`${never} labelled primary=never`] : []), ...(drained > 0 ? [`${drained} drained`] : [])].join(', ');
  return { reason: 'nobodyMayLead', detail: `${plural(there)} online, and none may lead: ${why}` };
};
