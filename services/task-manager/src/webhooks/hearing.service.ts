import type { Event } from '@klevr/contracts/event';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { WakeUps } from '../wake-ups.js';
import { HeardStore } from './heard.store.js';
import { ReplicasClient } from './replicas.client.js';
import { WebhooksStore } from './webhooks.store.js';

/** Safety net for a change that another replica could not tell us of. */
const refreshMs = 5_000;

/** Where the subscriptions are, and who else must know of a change. */
@Injectable()
export class HearingParts {
  constructor(
    readonly heard: HeardStore,
    readonly webhooks: WebhooksStore,
    readonly replicas: ReplicasClient,
  ) {}
}

/**
 * Knows who is subscribed, and passes on to them what other services tell.
 * Promises: a change is heeded here when `changed` returns, by the other replicas as soon as they hear of it, and within 5 s if they do not (15 s where
 * the database could not be read meanwhile; see `hearersOf`). An event that comes twice is told once.
 */
@Injectable()
export class HearingService implements OnApplicationBootstrap, OnModuleDestroy {
  private cancelTimer: CancelTimer = () => undefined;
  private refreshing: Promise<void> | undefined;
  private wanted = false;
  private stopped = false;

  constructor(
    private readonly parts: HearingParts,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.cancelTimer();
    await this.refreshing;
  }

  /** Reads the subscriptions anew; what changes during the reading is read in a further round. */
  refresh(): Promise<void> {
    this.wanted = true;
    this.refreshing ??= this.read().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  async changed(webhookId: string): Promise<void> {
    await this.refresh();
    this.parts.replicas.webhooksChanged(webhookId);
    // Its lanes may be due now.
    this.wakeUps.callbacks();
  }

  /** Tells those who want to hear of it; afterwards a zone that is gone has no subscriptions any more. */
  async hear(event: Event): Promise<void> {
    if (await this.parts.heard.tell(event, this.now())) this.wakeUps.callbacks();
    if (event.type === 'host.zoneDeleted' && (await this.parts.webhooks.zoneGone(event.zoneId))) await this.changed(event.subjectId);
  }

  private async read(): Promise<void> {
    this.cancelTimer();
    try {
      while (this.wanted && !this.stopped) {
        this.wanted = false;
        await this.parts.heard.refresh(this.now());
      }
    } catch (error) {
      this.log.warn({ error }, 'the webhooks could not be read');
    }
    if (!this.stopped) this.cancelTimer = this.clock.setTimer(() => void this.refresh(), refreshMs);
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
