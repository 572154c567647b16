import { isDeepStrictEqual } from 'node:util';
import type { AgentStatus, HostFacts } from '@klevr/contracts/agent';
import type { Event } from '@klevr/contracts/event';
import { presentStatus } from '../liveness/liveness-machine.js';
import type { AgentRow } from '../tables/agent.entity.js';

type HostEvent = Pick<Event, 'type' | 'data'>;

/** What was known of the agent before. */
export type Before = Pick<AgentRow, 'status' | 'drained' | 'facts' | 'bootId'>;

/** These say how the host is doing, not what it is. */
const unsteady = new Set(['uptimeSeconds', 'addresses', 'bootId']);

/** What changed about the host: its boot, its addresses, and by name every other fact. What is unknown on either side is no change. */
export const factChanges = ({ facts: before, bootId }: Pick<Before, 'facts' | 'bootId'>, now: HostFacts): HostEvent[] => {
  if (!isKnown(before)) return [];
  const events: HostEvent[] = [];
  const bootBefore = bootId ?? before.bootId;
  if (bootBefore !== now.bootId) events.push({ type: 'host.rebooted', data: { from: bootBefore, to: now.bootId } });
  const [from, to] = [[...before.addresses].sort(), [...now.addresses].sort()];
  if (!isDeepStrictEqual(from, to)) events.push({ type: 'host.networkChanged', data: { from, to } });
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((name) => !unsteady.has(name));
  const changed = names.filter((name) => !isDeepStrictEqual(steady(before, name), steady(now, name)));
  if (changed.length > 0) events.push({ type: 'host.factsChanged', data: { changed } });
  return events;
};

export interface HelloChanges {
  /** Undefined where the status stays. */
  readonly status: { readonly to: AgentStatus; readonly cause: string } | undefined;
  readonly events: readonly HostEvent[];
}

/** What a hello that is granted changes: the agent is there, and why it was away is known better than before. */
export const helloChanges = (
  before: Before,
  hello: { facts: HostFacts; sleptSeconds?: number | undefined; again: boolean },
): HelloChanges => {
  const facts = factChanges(before, hello.facts);
  const to = presentStatus(before.drained);
  const slept = hello.sleptSeconds ?? 0;
  const rebooted = facts.some(({ type }) => type === 'host.rebooted');
  if (before.status === to && slept === 0) return { status: undefined, events: facts };
  const cause = rebooted
    ? 'back after a reboot'
    : slept > 0
      ? sleptCause(slept, before.status)
      : hello.again
        ? 'said hello again'
        : 'said hello';
  const data = { cause, status: to, previousStatus: before.status, ...(slept > 0 ? { sleptSeconds: slept } : {}) };
  return { status: { to, cause }, events: [...facts, { type: 'host.online', data }] };
};

const sleptCause = (seconds: number, before: AgentStatus): string => {
  const mistaken = before === 'suspect' || before === 'lost' ? `; it had been taken for ${before}, and slept` : '';
  return `back after sleeping ${Math.round(seconds)} s${mistaken}`;
};

const isKnown = (facts: Before['facts']): facts is HostFacts => 'hostname' in facts;

const steady = (facts: HostFacts, name: string): unknown => {
  const value: unknown = (facts as unknown as Record<string, unknown>)[name];
  if (name === 'disks') return facts.disks.map(({ mount, totalBytes }) => ({ mount, totalBytes }));
  return value;
};
