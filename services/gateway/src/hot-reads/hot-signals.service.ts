import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { hostsChangedSubject } from '@klevr/contracts/scheduler-contracts';
import { subjects } from '@klevr/contracts/subjects';
import { Bus, type Subscription } from '@klevr/messaging/bus';
import { HotReads } from './hot-reads.js';

/** What makes an answer about zones and hosts old: a scheduler that has committed a change, and the key of a primary. */
@Injectable()
export class HotSignals implements OnModuleInit, OnModuleDestroy {
  private readonly subscriptions: Subscription[] = [];
  private unlisten: () => void = () => undefined;

  constructor(
    private readonly bus: Bus,
    private readonly reads: HotReads,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const subject of [hostsChangedSubject, subjects.primary.wildcard()])
      this.subscriptions.push(this.bus.subscribe(subject, () => this.reads.changed()));
    this.unlisten = this.bus.onStatus(() => this.reads.trust(this.bus.connected));
    // The server knows of the subscriptions before anything is kept.
    await this.bus.flush();
    this.reads.trust(this.bus.connected);
  }

  onModuleDestroy(): void {
    this.unlisten();
    for (const subscription of this.subscriptions) subscription.unsubscribe();
  }
}
