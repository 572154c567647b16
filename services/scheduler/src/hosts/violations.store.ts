import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';

export interface Violation {
  readonly zoneId: string;
  readonly agentId: string;
  readonly subject: string;
  readonly reply: string;
  readonly atMs: number;
}

@Injectable()
export class ViolationsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
  ) {}

  async add({ zoneId, agentId, subject, reply, atMs }: Violation): Promise<void> {
    const data = { violation: 'foreign reply subject', subject, reply };
    await inTransaction(this.dataSource, (manager) =>
      this.events.append(manager, [{ type: 'host.violation', zoneId, subjectId: agentId, data, atMs }]),
    );
    this.events.wake();
  }
}
