import { Bus } from '@klevr/messaging/bus';
import { OutboxRelay } from '@klevr/persistence/outbox-relay';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SweepService } from './resources/sweep.service.js';
import { WakeUps } from './wake-ups.js';

/** Starts and stops what works by itself, and tells each of them what was committed. */
@Injectable()
export class LifeCycle implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly bus: Bus,
    private readonly wakeUps: WakeUps,
    private readonly sweep: SweepService,
    private readonly relay: OutboxRelay,
  ) {}

  onApplicationBootstrap(): void {
    this.wakeUps.listen({ outbox: () => this.relay.wake(), sweep: () => this.sweep.wake() });
    this.bus.onStatus((status) => {
      if (status !== 'connected') return;
      this.relay.retryNow();
      this.sweep.wake();
    });
    this.relay.start();
    this.sweep.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.sweep.stop(), this.relay.stop()]);
  }
}
