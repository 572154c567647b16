import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { inTransaction } from '@klevr/persistence/transaction';
import { EventOutbox } from '../events/event-outbox.store.js';

export interface Violation {
  readonly type: 'host.violation' | 'host.cloneRefused';
  readonly zoneId: string;
  readonly agentId: string;
  readonly data: Record<string, unknown>;
  readonly atMs: number;
}

@Injectable()
export class ViolationsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly events: EventOutbox,
  ) {}

  async add({ type, zoneId, agentId, data, atMs }: Violation): Promise<void> {
    await inTransaction(this.dataSource, (manager) => this.events.append(manager, [{ type, zoneId, subjectId: agentId, data, atMs }]));
    this.events.wake();
  }
}
