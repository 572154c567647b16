import type { AgentStatus } from '@klevr/contracts/agent';
import type { Target } from '@klevr/contracts/target';
import type { Selectable } from './selectable.js';
import { failing, matches, parseSelector } from './selector.js';
import { whyNot } from './selector-text.js';

/** What decides whom a target means. */
export interface Choosable {
  readonly agentId: string;
  readonly hostname: string;
  readonly status: AgentStatus;
  readonly drained: boolean;
  readonly values: Selectable;
  readonly loadScore: number;
}

/** What only the moment tells. */
export interface Surroundings {
  readonly primaryId: string | undefined;
  /** Whom `any` means only where nobody else in the same state would do. */
  readonly avoid: ReadonlySet<string>;
}

export interface Choice<M> {
  /** In the order of the members. */
  readonly chosen: readonly M[];
  /** Of each other one, why it is not meant. */
  readonly others: readonly { readonly member: M; readonly why: () => string }[];
}

/** Whom a task may be given to: everyone that belongs to the zone, whether it is there now or not. */
const gone = { left: 'it has left the zone', pending: 'it is pending: it waits for its approval, or has not said hello yet' } as const;

/** It stays drained whatever its status becomes. */
export const isDrained = ({ status, drained }: Pick<Choosable, 'status' | 'drained'>): boolean => drained || status === 'drained';

/** For a target that means one agent of many: who is there comes before who may come back. */
const order: Record<AgentStatus, number> = { online: 0, suspect: 1, suspended: 2, lost: 3, drained: 4, pending: 5, left: 6 };

/** The one rule for resolving a target and for telling beforehand. Throws BAD_REQUEST for a selector that cannot be read. */
export const choose = <M extends Choosable>(members: readonly M[], target: Target, around: Surroundings): Choice<M> => {
  if ('any' in target) return chooseOne(members, target.any, around);
  const refusal = refusalOf(target, around);
  return parted(members, (member) => (isGone(member) ? () => gone[member.status] : refusal(member)));
};

type Refusal = (() => string) | undefined;

const isGone = <M extends Choosable>(member: M): member is M & { status: keyof typeof gone } => Object.hasOwn(gone, member.status);

const refusalOf = (target: Exclude<Target, { any: string }>, { primaryId }: Surroundings): ((member: Choosable) => Refusal) => {
  if ('agent' in target) return ({ agentId }) => (agentId === target.agent ? undefined : () => 'another agent is named');
  if ('primary' in target) {
    const why = primaryId === undefined ? 'the zone has no primary now' : 'it is not the primary';
    return ({ agentId }) => (agentId === primaryId ? undefined : () => why);
  }
  const selector = parseSelector(target.all, 'target.all');
  return ({ values }) => (matches(selector, values) ? undefined : () => whyNot(failing(selector, values), values));
};

const chooseOne = <M extends Choosable>(members: readonly M[], text: string, { avoid }: Surroundings): Choice<M> => {
  const selector = parseSelector(text, 'target.any');
  const avoided = ({ agentId }: M): number => (avoid.has(agentId) ? 1 : 0);
  const rank = (a: M, b: M): number =>
    order[a.status] - order[b.status] || avoided(a) - avoided(b) || a.loadScore - b.loadScore || (a.agentId < b.agentId ? -1 : 1);
  const eligible = (member: M): boolean => !isGone(member) && !isDrained(member) && matches(selector, member.values);
  let best: M | undefined;
  for (const member of members) if (eligible(member) && (best === undefined || rank(member, best) < 0)) best = member;
  return parted(members, (member) => {
    if (member === best) return undefined;
    if (isGone(member)) return () => gone[member.status];
    if (!matches(selector, member.values)) return () => whyNot(failing(selector, member.values), member.values);
    if (isDrained(member)) return () => 'it is drained, and gets no new work where another could do it';
    return () => whyAfter(member, best);
  });
};

const whyAfter = (member: Choosable, best: Choosable | undefined): string => {
  if (best === undefined) return 'it is not the best one';
  if (best.status !== member.status) return `${best.hostname} (${best.agentId}) is ${best.status}, this one is ${member.status}`;
  const how = best.loadScore < member.loadScore ? 'is less loaded' : 'would do as well, and comes first';
  return `${best.hostname} (${best.agentId}) ${how}`;
};

const parted = <M>(members: readonly M[], refusal: (member: M) => Refusal): Choice<M> => {
  const chosen: M[] = [];
  const others: { member: M; why: () => string }[] = [];
  for (const member of members) {
    const why = refusal(member);
    if (why === undefined) chosen.push(member);
    else others.push({ member, why });
  }
  return { chosen, others };
};
