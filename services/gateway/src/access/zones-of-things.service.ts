import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { LRUCache } from 'lru-cache';
import { EventFeedService } from '../events/event-feed.service.js';
import { gapType } from '../events/stored-event.js';
import type { ZonedThing } from './route-rules.js';

const MOST_THINGS = 50_000;
const MOST_NAMES = 5_000;
/** Safety net for an event that was not heard. A name that means another zone by now does no harm: see `pin` of zone references. */
const NAME_AGE_MS = 3_000;
/** Changes which zone a name means. */
const renaming = new Set(['host.zoneCreated', 'host.zoneDeleted', gapType]);

interface Found {
  /** Null for what belongs to no zone. */
  readonly zoneId: string | null;
}

/**
 * Which zone a thing is in.
 *
 * Promises: a thing is looked up once, as none of them ever changes its zone and no id is used twice; that of a thing that is not there is asked for
 * again. What a zone's name means is held for seconds, also that it means none, and asked anew as soon as a zone is made or deleted.
 */
@Injectable()
export class ZonesOfThings implements OnModuleInit, OnModuleDestroy {
  private readonly things = new LRUCache<string, Found>({ max: MOST_THINGS });
  private readonly names = new LRUCache<string, { readonly zoneId: string | undefined }>({ max: MOST_NAMES, ttl: NAME_AGE_MS });
  /** Many tasks of one request name one zone. */
  private readonly asking = new Map<string, Promise<string | undefined>>();
  private generation = 0;
  private unlisten: () => void = () => undefined;

  constructor(
    private readonly bus: Bus,
    private readonly feed: EventFeedService,
  ) {}

  onModuleInit(): void {
    this.unlisten = this.feed.onEvent(({ type }) => {
      if (!renaming.has(type)) return;
      this.generation++;
      this.names.clear();
      this.asking.clear();
    });
  }

  onModuleDestroy(): void {
    this.unlisten();
  }

  /** Undefined where there is no such thing. */
  async ofThing(thing: ZonedThing, id: string): Promise<Found | undefined> {
    const known = this.things.get(id);
    if (known !== undefined) return known;
    const found = await orNothing(this.lookUp(thing, id));
    if (found !== undefined) this.things.set(id, { zoneId: found.zoneId });
    return found;
  }

  /** Undefined where no zone has this name. */
  async idOf(name: string): Promise<string | undefined> {
    const known = this.names.get(name);
    if (known !== undefined) return known.zoneId;
    const asked = this.asking.get(name) ?? this.ask(name);
    this.asking.set(name, asked);
    try {
      return await asked;
    } finally {
      if (this.asking.get(name) === asked) this.asking.delete(name);
    }
  }

  private async ask(name: string): Promise<string | undefined> {
    const before = this.generation;
    const zone = await orNothing(call(this.bus, schedulerRpc.getZone, { zone: name }));
    if (this.generation === before) this.names.set(name, { zoneId: zone?.id });
    return zone?.id;
  }

  private lookUp(thing: ZonedThing, id: string): Promise<Found> {
    switch (thing) {
      case 'agent':
        return call(this.bus, schedulerRpc.getAgent, { id });
      case 'task':
        return call(this.bus, taskManagerRpc.getTask, { id });
      case 'run':
        return call(this.bus, taskManagerRpc.getRun, { id });
      case 'schedule':
        return call(this.bus, schedulerRpc.getSchedule, { id });
      case 'webhook':
        return call(this.bus, taskManagerRpc.getWebhook, { id });
      case 'incident':
        return call(this.bus, schedulerRpc.getIncident, { id });
      case 'resource':
        return call(this.bus, provisionerRpc.getResource, { id });
      case 'operation':
        return call(this.bus, provisionerRpc.getOperation, { id });
    }
  }
}

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}
