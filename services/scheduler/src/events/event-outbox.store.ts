import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import { appendOutbox } from '@klevr/persistence/outbox';
import { OutboxRelay } from '@klevr/persistence/outbox-relay';
import { outbox } from '../tables/names.js';

export type HostOrPrimaryEvent = Omit<Event, 'id' | 'time'> & { readonly atMs: number };

/** Events written in the transaction that makes them true. `wake` is for after its commit. */
@Injectable()
export class EventOutbox {
  constructor(private readonly relay: OutboxRelay) {}

  async append(manager: EntityManager, events: readonly HostOrPrimaryEvent[]): Promise<void> {
    const messages = events.map(({ atMs, ...event }) => {
      const id = newId('message');
      const topic = event.type.split('.')[0] ?? '';
      const subject = subjects.event.build({ topic, zone: event.zoneId, id: event.subjectId });
      const body: Event = { ...event, id, time: new Date(atMs).toISOString() };
      return { id, subject, headers: {}, body };
    });
    await appendOutbox(manager, outbox, messages);
  }

  wake(): void {
    this.relay.wake();
  }
}
