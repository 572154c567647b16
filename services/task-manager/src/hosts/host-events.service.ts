import type { Event } from '@klevr/contracts/event';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { runsEnded } from '../metrics.js';
import { WakeUps } from '../wake-ups.js';
import { HostEventsStore, type HostChange } from './host-events.store.js';

const statusOfType: Partial<Record<Event['type'], HostChange['status']>> = {
  'host.online': 'online',
  'host.suspect': 'suspect',
  'host.lost': 'lost',
  'host.left': 'left',
};

/** What the scheduler tells of hosts. Handling an event twice does what handling it once does. */
@Injectable()
export class HostEventsService {
  constructor(
    private readonly store: HostEventsStore,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async handle({ type, time, zoneId, subjectId, data }: Event): Promise<void> {
    const now = new Date(this.clock.nowMs());
    const status = statusOfType[type];
    if (status !== undefined) {
      const cause = typeof data['cause'] === 'string' ? data['cause'] : '';
      const stored = await this.store.apply({ agentId: subjectId, zoneId, status, cause, at: new Date(time) }, now);
      for (const ended of stored.ended) runsEnded.inc({ status: ended });
      if (stored.callbacksDue) this.wakeUps.callbacks();
      this.wakeUps.outbox();
    } else if (type === 'host.joined') {
      await this.store.newHost(zoneId, now);
    }
    this.wakeUps.zone(zoneId);
  }
}
