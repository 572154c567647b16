import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '@klevr/messaging/bus';
import { OutboxRelay } from '@klevr/persistence/outbox-relay';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { ElectionStart } from './election/election-start.service.js';
import { HousekeepingService } from './housekeeping.service.js';

/** Nothing is lost without it: events bring the same, and this finds what a missed one left behind. */
const safetyNetMs = 30_000;

/** Starts what runs by itself, in order, and tells it when our own connection was away. */
@Injectable()
export class SchedulerLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  private cancelTimer: CancelTimer = () => undefined;
  private stopped = false;

  constructor(
    private readonly bus: Bus,
    private readonly relay: OutboxRelay,
    private readonly election: ElectionStart,
    private readonly housekeeping: HousekeepingService,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.election.start();
    this.relay.start();
    await this.housekeeping.start();
    this.bus.onStatus((status) => {
      if (status === 'disconnected') this.election.disconnected();
      if (status !== 'connected') return;
      void this.election.reconnected();
      this.relay.retryNow();
    });
    // Messages are taken only after this, so what came meanwhile is looked for soon.
    this.arm(1_000);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.relay.stop();
  }

  private arm(delayMs: number): void {
    if (this.stopped) return;
    this.cancelTimer = this.clock.setTimer(() => {
      void this.housekeeping.sweep().finally(() => this.arm(safetyNetMs));
    }, delayMs);
  }
}
