import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '@klevr/messaging/bus';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { PrimariesKeeper } from '../election/primaries.keeper.js';
import { IncidentsService } from './incidents.service.js';
import { IncidentsStore } from './incidents.store.js';

/** Shorter ones are the ordinary course of reconnects and failovers; graces begin anew all the same. */
const natsAwayMs = 2_000;
const databaseAwayMs = 3_000;
/** Stamps are written each 5 s, so an older newest one means that no scheduler lived. */
const schedulersAwayMs = 15_000;
const pingMs = 2_000;
const zonesRead = 50;

/** Outages of NATS, of the database, of all schedulers, as this replica notices them: each opens an incident once it is over. */
@Injectable()
export class OutageWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private natsGoneAtMs: number | undefined;
  private databaseGoneAtMs: number | undefined;
  private cancelPing: CancelTimer = () => undefined;
  private stopped = false;

  constructor(
    private readonly incidents: IncidentsService,
    private readonly store: IncidentsStore,
    private readonly keeper: PrimariesKeeper,
    private readonly bus: Bus,
    private readonly clock: Clock,
  ) {}

  /** Before this replica takes messages, so the stamps are those of others, or old. */
  async onApplicationBootstrap(): Promise<void> {
    await this.incidents.refresh();
    this.bus.onStatus((status) => {
      if (status === 'disconnected') this.natsGoneAtMs ??= this.clock.monotonicMs();
      if (status === 'connected') this.natsBack();
    });
    const awayMs = await this.newestStampAgeMs();
    if (awayMs >= schedulersAwayMs) await this.incidents.outage('schedulersAway', awayMs);
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.cancelPing();
  }

  /** Something could not be read or stored: the database is asked until it answers. */
  databaseFailed(): void {
    if (this.databaseGoneAtMs !== undefined) return;
    this.databaseGoneAtMs = this.clock.monotonicMs();
    this.incidents.pending(true);
    this.pingLater();
  }

  private natsBack(): void {
    const awayMs = this.clock.monotonicMs() - (this.natsGoneAtMs ?? this.clock.monotonicMs());
    this.natsGoneAtMs = undefined;
    // Where the database is away as well, that outage opens one.
    if (awayMs >= natsAwayMs) this.incidents.outage('natsAway', awayMs).catch(() => this.databaseFailed());
  }

  /** Only while it is away; nothing tells when it is back. */
  private pingLater(): void {
    if (this.stopped) return;
    this.cancelPing = this.clock.setTimer(() => void this.ping().catch(() => this.pingLater()), pingMs);
  }

  private async ping(): Promise<void> {
    await this.store.ping();
    const awayMs = this.clock.monotonicMs() - (this.databaseGoneAtMs ?? 0);
    if (awayMs >= databaseAwayMs) await this.incidents.outage('databaseAway', awayMs);
    this.databaseGoneAtMs = undefined;
    this.incidents.pending(false);
  }

  /** By the newest stamp of some zones that should have a primary; none where no key tells. */
  private async newestStampAgeMs(): Promise<number> {
    let newest: number | undefined;
    for (const { zoneId } of (await this.store.zonesWithAgents()).slice(0, zonesRead)) {
      const read = await this.keeper.read(zoneId);
      if (read.outcome === 'found' && read.key) newest = Math.max(newest ?? 0, read.key.stamp);
    }
    return newest === undefined ? 0 : this.clock.nowMs() - newest * 1000;
  }
}
