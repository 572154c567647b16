import type { Event } from '@klevr/contracts/event';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { runsEnded } from '../metrics.js';
import type { Stored } from '../runs/stored.js';
import { WakeUps } from '../wake-ups.js';
import { DrainsStore } from './drains.store.js';
import { HostEventsStore, type HostChange } from './host-events.store.js';
import { RemovalsStore } from './removals.store.js';
import { ZonesStore } from './zones.store.js';

const statusOfType: Partial<Record<Event['type'], HostChange['status']>> = {
  'host.online': 'online',
  'host.suspect': 'suspect',
  'host.lost': 'lost',
  'host.left': 'left',
  'host.suspended': 'suspended',
};

/** After these another agent may match a selector than before. */
const changesMatches: ReadonlySet<Event['type']> = new Set([
  'host.joined',
  'host.approved',
  'host.changed',
  'host.factsChanged',
  'host.networkChanged',
  'host.zoneChanged',
]);

/** Why, or by whom. */
const causeOf = ({ cause, by }: Event['data']): string => (typeof cause === 'string' ? cause : typeof by === 'string' ? `by ${by}` : '');

const places = z.number().int().min(1);
const ZoneChanged = z.object({
  settings: z.object({ maxConcurrentRuns: places, maxConcurrentRunsPerAgent: places.optional() }),
  revision: z.number().int().optional(),
});

@Injectable()
export class HostStores {
  constructor(
    readonly status: HostEventsStore,
    readonly drains: DrainsStore,
    readonly removals: RemovalsStore,
    readonly zones: ZonesStore,
  ) {}
}

/** What the scheduler tells of hosts and zones. Handling an event twice does what handling it once does. */
@Injectable()
export class HostEventsService {
  constructor(
    private readonly stores: HostStores,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async handle(event: Event): Promise<void> {
    await this.store(event, new Date(this.clock.nowMs()));
    this.wakeUps.zone(event.zoneId);
  }

  private async store(event: Event, now: Date): Promise<void> {
    const { type, time, zoneId, subjectId: agentId, data } = event;
    const { status, drains, removals, zones } = this.stores;
    const [cause, at] = [causeOf(data), new Date(time)];
    const become = statusOfType[type];
    if (become !== undefined) this.tell(await status.apply({ agentId, zoneId, status: become, cause, at }, now));
    if (type === 'host.drained') this.tell(await drains.change({ agentId, zoneId, drained: true, cause, at }, now));
    if (type === 'host.undrained') this.tell(await drains.change({ agentId, zoneId, drained: false, cause, at }, now));
    // Where its zone went with it, the zone's own event ends everything at once.
    if (type === 'host.removed' && data['zoneDeleted'] !== true) await removals.agent(agentId, cause, now, (stored) => this.tell(stored));
    if (type === 'host.zoneDeleted') await removals.zone(zoneId, now, (stored) => this.tell(stored));
    if (type === 'host.zoneChanged') {
      const { data: changed } = ZoneChanged.safeParse(data);
      if (changed) await zones.changeSettings(zoneId, changed.settings, changed.revision);
    }
    if (changesMatches.has(type)) await status.newHost(zoneId, agentId, now);
  }

  private tell(stored: Stored | undefined): void {
    if (stored === undefined) return;
    for (const ended of stored.ended) runsEnded.inc({ status: ended });
    this.wakeUps.stored(stored);
  }
}
