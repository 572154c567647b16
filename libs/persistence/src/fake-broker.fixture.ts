import type { PublishOutbox } from './outbox-relay.js';
import type { OutboxMessage } from './outbox.js';

/** A broker that drops copies by id, as JetStream does, and remembers what arrived in which order. */
export class FakeBroker {
  readonly stored: OutboxMessage[] = [];
  copies = 0;
  private readonly ids = new Set<string>();
  private readonly waiters: { count: number; resolve: () => void }[] = [];

  store(message: OutboxMessage): void {
    if (this.ids.has(message.id)) {
      this.copies++;
      return;
    }
    this.ids.add(message.id);
    this.stored.push(message);
    for (const { count, resolve } of this.waiters) if (this.stored.length >= count) resolve();
  }

  readonly publish: PublishOutbox = (messages) => {
    for (const message of messages) this.store(message);
    return Promise.resolve();
  };

  has(count: number): Promise<void> {
    return this.stored.length >= count ? Promise.resolve() : new Promise((resolve) => this.waiters.push({ count, resolve }));
  }
}
