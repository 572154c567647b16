import { Bus } from '@klevr/messaging/bus';
import { OutboxRelay } from '@klevr/persistence/outbox-relay';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CallbacksService } from './callbacks/callbacks.service.js';
import { DispatcherService } from './dispatch/dispatcher.service.js';
import { ZonePrimariesService } from './dispatch/zone-primaries.service.js';
import { SweepService } from './sweep/sweep.service.js';
import { WakeUps } from './wake-ups.js';

const gatherMs = 10;

@Injectable()
export class Workers {
  constructor(
    readonly dispatcher: DispatcherService,
    readonly relay: OutboxRelay,
    readonly callbacks: CallbacksService,
    readonly sweep: SweepService,
  ) {}
}

/** Starts and stops what works by itself, and tells each of them what was committed. */
@Injectable()
export class LifeCycle implements OnApplicationBootstrap, OnModuleDestroy {
  private gathering: CancelTimer | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly wakeUps: WakeUps,
    private readonly primaries: ZonePrimariesService,
    private readonly workers: Workers,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const { dispatcher, relay, callbacks, sweep } = this.workers;
    this.wakeUps.listen({ zone: (id, why) => dispatcher.wake(id, why), outbox: () => this.gather(), callbacks: () => callbacks.wake() });
    this.wakeUps.listen({ at: (time) => sweep.by(time) });
    this.primaries.listen((zoneId, { kind, epoch }) => (kind === 'ready' ? dispatcher.appointed(zoneId, epoch) : dispatcher.wake(zoneId)));
    this.bus.onStatus((status) => {
      if (status !== 'connected') return;
      void this.primaries.refreshAll();
      relay.retryNow();
      sweep.wake();
    });
    relay.start();
    callbacks.wake();
    sweep.start();
  }

  /** Events of many transactions go out together: nothing waits for them, and each round of the relay costs five statements. */
  private gather(): void {
    this.gathering ??= this.clock.setTimer(() => {
      this.gathering = undefined;
      this.workers.relay.wake();
    }, gatherMs);
  }

  async onModuleDestroy(): Promise<void> {
    const { dispatcher, relay, callbacks, sweep } = this.workers;
    this.gathering?.();
    await Promise.all([sweep.stop(), dispatcher.stop(), callbacks.stop(), relay.stop()]);
  }
}
