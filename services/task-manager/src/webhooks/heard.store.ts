import type { Event } from '@klevr/contracts/event';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { makeDue } from '../callbacks/due.store.js';
import { hearsEvent } from './hearer.js';
import { hearersOf, refreshHearers } from './hearers.store.js';

/** What other services tell, for the subscriptions that want it. */
@Injectable()
export class HeardStore {
  constructor(private readonly dataSource: DataSource) {}

  refresh(now: Date): Promise<void> {
    return refreshHearers(this.dataSource, now);
  }

  /** Answers whether somebody is to be told. Nobody is told twice. */
  async tell(event: Event, now: Date): Promise<boolean> {
    const hearers = await hearersOf(this.dataSource.manager, now);
    if (!hearers.some((hearer) => hearsEvent(hearer, event))) return false;
    return inTransaction(this.dataSource, (manager) => makeDue(manager, { events: [event] }, now));
  }
}
