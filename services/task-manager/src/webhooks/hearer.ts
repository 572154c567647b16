import type { CallbackFilter } from '@klevr/contracts/callback';
import type { Event } from '@klevr/contracts/event';

/** An enabled subscription, as far as it decides what it is told. */
export interface Hearer {
  readonly id: string;
  readonly url: string;
  /** Null: all zones. */
  readonly zoneId: string | null;
  readonly on: readonly CallbackFilter[];
  readonly events: readonly string[];
}

export const hearsZone = ({ zoneId }: Hearer, of: string): boolean => zoneId === null || zoneId === of;

/** `*` is every event, `host.*` every one of hosts, `host.lost` just that. */
export const hearsEvent = (hearer: Hearer, { type, zoneId }: Pick<Event, 'type' | 'zoneId'>): boolean =>
  hearsZone(hearer, zoneId) &&
  hearer.events.some((pattern) => pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))));
