import { Injectable } from '@nestjs/common';
import type { PageQuery } from '@klevr/contracts/contract';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import type { AuditedThing } from './audited-thing.js';
import { GatewayThingsStore } from './gateway-things.store.js';

/** Telling what was there must not hold up a change for long. */
const soon = { timeoutMs: 1_000 } as const;
/** Of what can only be listed: a thousand credentials are the most that a zone has. */
const MOST_PAGES = 6;

export interface State {
  readonly thing?: unknown;
  readonly zoneId?: string;
}

/** How a thing is just before, or just after, it is changed. */
@Injectable()
export class BeforeStateService {
  constructor(
    private readonly bus: Bus,
    private readonly things: GatewayThingsStore,
  ) {}

  /** What cannot be had is left out: the request itself will say what is wrong. */
  async of({ kind, ref, zoneRef, part }: AuditedThing): Promise<State> {
    const [thing, zone] = await Promise.all([
      ref === null || kind === null ? undefined : orNothing(() => this.thing(part ?? kind, ref, zoneRef)),
      zoneRef === null || (kind === 'zone' && part === undefined)
        ? undefined
        : orNothing(() => call(this.bus, schedulerRpc.getZone, { zone: zoneRef }, soon)),
    ]);
    const zoneId = zone?.id ?? zoneIdOf(kind, thing);
    return { ...(thing === undefined ? {} : { thing }), ...(zoneId === undefined ? {} : { zoneId }) };
  }

  /** Where a zone is named, what it lists is not read: whoever is refused may ask as often as they like. */
  async zoneOf(about: AuditedThing): Promise<string | undefined> {
    const { zoneRef } = about;
    if (zoneRef === null) return (await this.of(about)).zoneId;
    return (await orNothing(() => call(this.bus, schedulerRpc.getZone, { zone: zoneRef }, soon)))?.id;
  }

  private async thing(kind: string, ref: string, zoneRef: string | null): Promise<unknown> {
    switch (kind) {
      case 'zone':
        return call(this.bus, schedulerRpc.getZone, { zone: ref }, soon);
      case 'primary':
        return (await call(this.bus, schedulerRpc.getPrimary, { zone: ref }, soon)) ?? undefined;
      case 'agent':
        return call(this.bus, schedulerRpc.getAgent, { id: ref }, soon);
      case 'incident':
        return call(this.bus, schedulerRpc.getIncident, { id: ref }, soon);
      case 'schedule':
        return call(this.bus, schedulerRpc.getSchedule, { id: ref }, soon);
      case 'task':
        return call(this.bus, taskManagerRpc.getTask, { id: ref }, soon);
      case 'run':
        return call(this.bus, taskManagerRpc.getRun, { id: ref }, soon);
      case 'webhook':
        return call(this.bus, taskManagerRpc.getWebhook, { id: ref }, soon);
      case 'source':
        return call(this.bus, provisionerRpc.getSource, { source: ref }, soon);
      case 'resource':
        return call(this.bus, provisionerRpc.getResource, { id: ref }, soon);
      case 'operation':
        return call(this.bus, provisionerRpc.getOperation, { id: ref }, soon);
      default:
        return zoneRef === null ? this.things.find(kind, ref) : this.listed(kind, ref, zoneRef);
    }
  }

  private async listed(kind: string, ref: string, zone: string): Promise<unknown> {
    switch (kind) {
      case 'joinToken':
        return inPages(
          (page) => call(this.bus, schedulerRpc.listJoinTokens, { ...page, zone }, soon),
          ({ id }) => id === ref,
        );
      case 'credential':
        return inPages(
          (page) => call(this.bus, taskManagerRpc.listCredentials, { ...page, zone }, soon),
          ({ name }) => name === ref,
        );
      case 'concurrencyKey':
        return inPages(
          (page) => call(this.bus, taskManagerRpc.listConcurrencyKeys, { ...page, zone }, soon),
          ({ key }) => key === ref,
        );
      default:
        return undefined;
    }
  }
}

async function inPages<T>(
  list: (page: PageQuery) => Promise<{ items: T[]; nextCursor: string | null }>,
  isMeant: (item: T) => boolean,
): Promise<T | undefined> {
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const { items, nextCursor } = await list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    const found = items.find(isMeant);
    if (found !== undefined || nextCursor === null) return found;
    cursor = nextCursor;
  }
  return undefined;
}

async function orNothing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch {
    return undefined;
  }
}

/** Of a zone itself its id, of what is in one its `zoneId`. */
export function zoneIdOf(kind: string | null, thing: unknown): string | undefined {
  if (typeof thing !== 'object' || thing === null) return undefined;
  const { id, zoneId } = thing as { id?: unknown; zoneId?: unknown };
  const found = kind === 'zone' ? id : zoneId;
  return typeof found === 'string' && found.startsWith('zone_') ? found : undefined;
}
