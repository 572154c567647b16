import { AgentId, IncidentId, OperationId, ResourceId, RunId, ScheduleId, TaskId, WebhookId, ZoneId } from '@klevr/contracts/ids';
import { ZoneRef } from '@klevr/contracts/zone';
import type { z } from 'zod';
import type { Asked } from './asked.js';
import type { ZonedThing, ZoneSource } from './route-rules.js';

/**
 * Finds what a request names, before its schemas have judged it.
 *
 * Promises: what is read here is what the route will see. A reference that cannot be read for sure is replaced by something that no schema takes
 * for one, so that the request is refused whatever the schema of its route is like; its other faults are told with it.
 */
export type Reference =
  | { readonly kind: 'none' }
  /** Refused by the route's schema. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'thing'; readonly thing: ZonedThing; readonly id: string }
  | { readonly kind: 'zoneId'; readonly zoneId: string }
  /** Only the scheduler knows which zone has this name now. `pin` puts its id in the place of the name, so that no other zone is meant later. */
  | { readonly kind: 'zoneName'; readonly name: string; readonly pin: (zoneId: string) => void };

const idSchemas: Record<ZonedThing, z.ZodType> = {
  agent: AgentId,
  task: TaskId,
  run: RunId,
  schedule: ScheduleId,
  webhook: WebhookId,
  incident: IncidentId,
  resource: ResourceId,
  operation: OperationId,
};

type Fields = Record<string, unknown>;
interface Place {
  readonly holder: Fields;
  readonly name: string;
}

const none: Reference = { kind: 'none' };
const unreadable: Reference = { kind: 'unreadable' };
/** Neither text nor null, and not absent. */
const nonsense = Object.freeze({ unreadable: true });

export function referencesIn(asked: Asked, source: ZoneSource): Reference[] {
  if (source.in === 'thing') return [thingAt({ holder: fieldsOf(asked.params), name: source.name }, source.thing)];
  if (source.in === 'each') return eachOf(asked.body, source);
  const parts = { path: asked.params, query: asked.query, body: asked.body };
  const place = placeOf(parts[source.in], source.name.split('.'));
  return [place === undefined ? none : zoneAt(place)];
}

function thingAt(place: Place, thing: ZonedThing): Reference {
  const id = valueAt(place);
  if (typeof id === 'string' && idSchemas[thing].safeParse(id).success) return { kind: 'thing', thing, id };
  return spoil(place);
}

function zoneAt(place: Place): Reference {
  const given = valueAt(place);
  if (given === undefined || given === null) return none;
  if (typeof given !== 'string' || !ZoneRef.safeParse(given).success) return spoil(place);
  if (ZoneId.safeParse(given).success) return { kind: 'zoneId', zoneId: given };
  return { kind: 'zoneName', name: given, pin: (zoneId) => (place.holder[place.name] = zoneId) };
}

/** More than the route takes are not looked up one by one. */
function eachOf(body: unknown, { list, name, atMost }: Extract<ZoneSource, { in: 'each' }>): Reference[] {
  const holder = fieldsOf(body);
  const items = valueAt({ holder, name: list });
  if (items === undefined) return [none];
  if (!Array.isArray(items) || items.length > atMost) return [spoil({ holder, name: list })];
  return items.map((item: unknown) => {
    const place = placeOf(item, [name]);
    return place === undefined ? none : zoneAt(place);
  });
}

/** Undefined where there is nothing that could have the field. */
function placeOf(part: unknown, path: readonly string[]): Place | undefined {
  const [name = '', ...rest] = path;
  if (!isFields(part)) return undefined;
  return rest.length === 0 ? { holder: part, name } : placeOf(valueAt({ holder: part, name }), rest);
}

function spoil({ holder, name }: Place): Reference {
  holder[name] = nonsense;
  return unreadable;
}

const valueAt = ({ holder, name }: Place): unknown => (Object.hasOwn(holder, name) ? holder[name] : undefined);
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
