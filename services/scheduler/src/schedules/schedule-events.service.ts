import { Injectable } from '@nestjs/common';
import type { Event } from '@klevr/contracts/event';
import { DueWatch } from './due.watch.js';

/** What another replica changed of schedules: something may be due sooner. A missed event is made good by the watch's own look, each half minute. */
@Injectable()
export class ScheduleEventsService {
  constructor(private readonly watch: DueWatch) {}

  heard({ type }: Pick<Event, 'type'>): void {
    if (type === 'schedule.created' || type === 'schedule.changed') this.watch.wake();
  }
}
