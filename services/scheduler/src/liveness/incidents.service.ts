import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Idempotency, RequestOf } from '@klevr/contracts/contract';
import type { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import type { Incident } from '@klevr/contracts/zone';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { SharedReads } from '@klevr/platform/shared-reads';
import { Roster } from '../hosts/roster.js';
import { ZonesStore } from '../zones/zones.store.js';
import { idPattern, keyOfCursor, pageOf } from '../tables/page-cursor.js';
import { areBack, detailOf, GoneAgents, isMassLoss, longestIncidentMs, outageSettlesMs } from './incident-rule.js';
import { IncidentsStore, type Opening } from './incidents.store.js';
import { openIncidents } from './liveness.metrics.js';

/** While one is open its end is looked for this often, beside the events that hasten it; safety net. */
const lookMs = 5_000;
const hastenedMs = 500;
/** What was closed this long ago concerns no grace that a sweep would not have renewed. */
const rememberedMs = 120_000;
/** The events of an incident of the fleet go to so many zones at most. */
const mostZones = 1_000;

type ChangeListener = (zoneId: string | undefined, kind: 'incidentOpened' | 'incidentClosed') => void;
type Latched = Pick<Opening, 'cause' | 'gone' | 'of' | 'zones'> & { readonly awayMs?: number };
type Outage = Exclude<Incident['cause'], 'massLoss'>;

/**
 * Latched guards against declaring many lost at once. Promises: every replica honours what any of them opened, as it asks the table before each
 * loss; an incident ends when 80 % are back, by an operator, or after 15 minutes. Does not: hold up elections.
 */
@Injectable()
export class IncidentsService implements OnApplicationShutdown {
  private readonly goneAgents = new GoneAgents();
  private readonly open = new Map<string, Incident>();
  private readonly opening = new Set<string | undefined>();
  private closed = new Set<string>();
  private known = false;
  private listener: ChangeListener = () => undefined;
  private cancelLook: CancelTimer = () => undefined;
  private outagePending = false;
  private hastened = false;
  private stopped = false;
  private readonly readings = new SharedReads(() => this.read());

  constructor(
    private readonly store: IncidentsStore,
    private readonly zones: ZonesStore,
    private readonly roster: Roster,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onChange(listener: ChangeListener): void {
    this.listener = listener;
  }

  /** It is open, as far as this replica knows. */
  knows(id: string): boolean {
    return this.open.has(id);
  }

  /** As this replica knows it. */
  guards(zoneId: string): boolean {
    return this.outagePending || this.isOpenFor(zoneId);
  }

  /** The database was away and is asked: until it is known for how long, it counts as an incident. */
  pending(outage: boolean): void {
    this.outagePending = outage;
  }

  private isOpenFor(zoneId: string): boolean {
    for (const incident of this.open.values()) if (incident.zoneId === null || incident.zoneId === zoneId) return true;
    return false;
  }

  /** As the table has it; true also where one that this replica had not heard of has ended. Throws while it cannot be read. */
  async guardsNow(zoneId: string): Promise<boolean> {
    const changed = await this.refresh();
    return this.guards(zoneId) || changed.some((scope) => scope === null || scope === zoneId);
  }

  /** A worker that goes says nothing of its zone: workers are few, and often on one machine. */
  gone(zoneId: string, agentId: string): void {
    if (this.roster.find(agentId)?.kind === 'worker') return;
    this.goneAgents.gone(zoneId, agentId, this.clock.monotonicMs());
    const { zones, agents } = this.goneAgents.everywhere();
    const [gone, of] = [this.goneAgents.in(zoneId), this.roster.countedOf(zoneId).size];
    // What one zone's own incident accounts for is no loss of the fleet.
    if (!this.isOpenFor(zoneId) && isMassLoss(gone, of)) {
      return this.latchSoon(zoneId, { cause: 'massLoss', gone, of, zones: [zoneId] });
    }
    const fleet = this.everywhere().agents;
    if (zones < 2 || !isMassLoss(agents, fleet)) return;
    this.latchSoon(undefined, { cause: 'massLoss', gone: agents, of: fleet, zones: this.goneAgents.zones.slice(0, mostZones) });
  }

  back(zoneId: string, agentId: string): void {
    this.goneAgents.back(agentId);
    if (this.isOpenFor(zoneId)) this.hasten();
  }

  /** Everybody was away for us, so nobody is known to be there. */
  async outage(cause: Outage, awayMs: number): Promise<void> {
    const zones = await this.store.zonesWithAgents();
    const agents = zones.reduce((total, zone) => total + zone.agents, 0);
    const told = zones.slice(0, mostZones).map(({ zoneId }) => zoneId);
    if (agents > 0) await this.latch(undefined, { cause, gone: agents, of: agents, zones: told, awayMs });
  }

  /** Takes up what is open, and what was closed meanwhile; answers the scopes of the latter. */
  refresh(): Promise<(string | null)[]> {
    return this.readings.fresh();
  }

  private async read(): Promise<(string | null)[]> {
    const found = await this.store.current(new Date(this.clock.nowMs() - rememberedMs));
    const ended = found.filter(({ id, closedAt }) => closedAt !== null && !this.closed.has(id));
    const news = this.known ? ended : [];
    this.known = true;
    this.closed = new Set(found.filter(({ closedAt }) => closedAt !== null).map(({ id }) => id));
    this.open.clear();
    for (const incident of found) if (incident.closedAt === null) this.open.set(incident.id, incident);
    openIncidents.set(this.open.size);
    for (const { zoneId } of news) {
      this.goneAgents.settle(zoneId ?? undefined);
      this.listener(zoneId ?? undefined, 'incidentClosed');
    }
    if (this.open.size > 0) this.lookIn(lookMs);
    return news.map(({ zoneId }) => zoneId);
  }

  get(id: string): Promise<Incident> {
    return this.store.get(id);
  }

  async list({ limit, cursor, zone, scope, open }: RequestOf<typeof schedulerRpc.listIncidents>) {
    const zoneId = zone === undefined ? undefined : (await this.zones.get(zone)).id;
    const beforeId = keyOfCursor(cursor, idPattern);
    const filter = {
      ...(zoneId === undefined ? {} : { zoneId }),
      ...(scope === undefined ? {} : { scope }),
      ...(open === undefined ? {} : { open }),
      ...(beforeId === undefined ? {} : { beforeId }),
    };
    return pageOf(
      await this.store.list(filter, limit + 1),
      limit,
      ({ id }) => id,
      (incident) => incident,
    );
  }

  async close(id: string, by: string, idempotency: Idempotency | undefined): Promise<Incident> {
    const closed = await this.store.closeBy({ id, cause: 'operator', by, at: this.now(), zones: this.everywhere().zones }, idempotency);
    await this.refresh();
    return closed;
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.cancelLook();
  }

  /** Nobody is declared lost without the database, and the next one that goes opens it. */
  private latchSoon(zoneId: string | undefined, latched: Latched): void {
    this.latch(zoneId, latched).catch((error: unknown) => this.log.warn({ error, zoneId }, 'an incident cannot be stored now'));
  }

  private async latch(zoneId: string | undefined, { awayMs = 0, ...counted }: Latched): Promise<void> {
    const isOpen = [...this.open.values()].some((incident) => incident.zoneId === (zoneId ?? null));
    if (isOpen || this.opening.has(zoneId)) return;
    this.opening.add(zoneId);
    try {
      const opening = {
        ...counted,
        zoneId: zoneId ?? null,
        detail: detailOf(counted, awayMs),
        at: this.now(),
        since: this.since(zoneId, counted.cause),
      };
      const incident = await this.store.open(opening);
      this.goneAgents.settle(zoneId);
      if (incident) this.log.warn({ incident }, 'an incident was opened: nobody that it concerns is declared lost');
      await this.refresh();
      this.listener(zoneId, 'incidentOpened');
    } finally {
      this.opening.delete(zoneId);
    }
  }

  /** Somebody is back, so its end may have come; those that come back together are looked at together. */
  private hasten(): void {
    if (this.hastened) return;
    this.hastened = true;
    this.lookIn(hastenedMs);
  }

  private lookIn(delayMs: number): void {
    if (this.stopped) return;
    if (this.hastened && delayMs > hastenedMs) return;
    this.cancelLook();
    this.cancelLook = this.clock.setTimer(() => {
      this.hastened = false;
      void this.look()
        .catch((error: unknown) => this.log.debug({ error }, 'whether an incident is over cannot be told now'))
        .finally(() => this.open.size > 0 && this.lookIn(lookMs));
    }, delayMs);
  }

  private async look(): Promise<void> {
    for (const incident of this.open.values()) {
      const ageMs = this.clock.nowMs() - Date.parse(incident.openedAt);
      const stillGone = await this.store.stillGone(incident);
      if (stillGone > incident.gone) await this.store.raiseGone(incident.id, stillGone);
      const settled = incident.cause === 'massLoss' || ageMs >= outageSettlesMs;
      const recovered = settled && areBack(Math.max(incident.gone, stillGone), stillGone);
      if (!recovered && ageMs < longestIncidentMs) continue;
      const cause = recovered ? 'recovered' : 'timedOut';
      await this.store.close({ id: incident.id, cause, by: null, at: this.now(), zones: this.everywhere().zones });
    }
    await this.refresh();
  }

  private everywhere(): { agents: number; zones: string[] } {
    const counted = [...this.roster.countedZones()];
    const agents = counted.reduce((total, zone) => total + zone.agents, 0);
    return { agents, zones: counted.slice(0, mostZones).map(({ zoneId }) => zoneId) };
  }

  /** When the first of those that are counted went, by this clock; of an outage, when it is over. */
  private since(zoneId: string | undefined, cause: Incident['cause']): Date {
    const first = cause === 'massLoss' ? this.goneAgents.since(zoneId) : undefined;
    return first === undefined ? this.now() : new Date(this.clock.nowMs() - (this.clock.monotonicMs() - first));
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
