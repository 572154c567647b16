import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { ZoneRef } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import type { Asked } from './asked.js';
import type { ZonedThing, ZoneSource } from './route-rules.js';

export interface FoundZone {
  /** Null for what belongs to no zone. */
  readonly zoneId: string | null;
  /** What its service would say if it were not there. */
  readonly missing: () => AppError;
}

/** Which zones a request concerns. */
@Injectable()
export class ZonesOfThings {
  constructor(private readonly bus: Bus) {}

  /** Nothing for a reference that is malformed, which the schemas of the route refuse, nor for a list without one. */
  async of(asked: Asked, source: ZoneSource): Promise<FoundZone[]> {
    if (source.in === 'thing') return [await this.ofThing(source.thing, String(fieldOf(asked.params, source.name)))];
    const refs = referencesIn(asked, source).filter((ref) => ZoneRef.safeParse(ref).success);
    return Promise.all([...new Set(refs)].map((ref) => this.ofReference(String(ref))));
  }

  private async ofReference(zone: string): Promise<FoundZone> {
    return {
      zoneId: (await call(this.bus, schedulerRpc.getZone, { zone })).id,
      missing: () => new AppError('NOT_FOUND', 'There is no such zone'),
    };
  }

  private async ofThing(thing: ZonedThing, id: string): Promise<FoundZone> {
    return { zoneId: await this.zoneIdOf(thing, id), missing: () => new AppError('NOT_FOUND', `There is no such ${thing}`) };
  }

  private async zoneIdOf(thing: ZonedThing, id: string): Promise<string | null> {
    switch (thing) {
      case 'agent':
        return (await call(this.bus, schedulerRpc.getAgent, { id })).zoneId;
      case 'task':
        return (await call(this.bus, taskManagerRpc.getTask, { id })).zoneId;
      case 'run':
        return (await call(this.bus, taskManagerRpc.getRun, { id })).zoneId;
      case 'schedule':
        return (await call(this.bus, schedulerRpc.getSchedule, { id })).zoneId;
      case 'webhook':
        return (await call(this.bus, taskManagerRpc.getWebhook, { id })).zoneId;
      case 'incident':
        return (await call(this.bus, schedulerRpc.getIncident, { id })).zoneId;
    }
  }
}

function referencesIn(asked: Asked, source: Exclude<ZoneSource, { in: 'thing' }>): unknown[] {
  const parts = { path: asked.params, query: asked.query, body: asked.body, each: asked.body };
  const part = parts[source.in];
  if (source.in !== 'each') return [fieldOf(part, source.name)];
  const items = fieldOf(part, source.list);
  return Array.isArray(items) ? items.map((item) => fieldOf(item, source.name)) : [];
}

/** `task.zone` is the field `zone` of the field `task`. */
const fieldOf = (value: unknown, name: string): unknown =>
  name
    .split('.')
    .reduce(
      (found: unknown, part) => (typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[part] : undefined),
      value,
    );
