import { decodeTime, monotonicFactory } from 'ulid';
import { z } from 'zod';

/**
 * Identifiers: a prefix that names the kind, `_`, and a ULID (26 characters of Crockford's base 32, sortable by the time of making).
 * Every id is one NATS subject token, so it can stand in a subject as it is.
 */
export const idPrefixes = {
  zone: 'zone',
  agent: 'agt',
  session: 'ses',
  joinToken: 'jt',
  term: 'term',
  task: 'task',
  run: 'run',
  callback: 'cb',
  user: 'usr',
  login: 'login',
  apiToken: 'tok',
  invitation: 'inv',
  message: 'msg',
  journal: 'jrn',
  audit: 'aud',
  incident: 'inc',
  schedule: 'sch',
  fire: 'fire',
  webhook: 'wh',
  source: 'src',
  resource: 'res',
  operation: 'op',
} as const;

export type IdKind = keyof typeof idPrefixes;

/** Random numbers from a pool: the library draws one for each character, and a call into the system for each would cost more than all the rest. */
const pool = new Uint8Array(4096);
let used = pool.length;
const drawRandom = (): number => {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  return (pool[used++] ?? 0) / 256;
};

const nextUlid = monotonicFactory(drawRandom);

/** A new id of this kind; ids made by one process are strictly increasing. */
export const newId = (kind: IdKind): string => `${idPrefixes[kind]}_${nextUlid()}`;

/** One that sorts after `before` too, which another process may have made by a clock that is ahead of this one's. */
export const newIdAfter = (kind: IdKind, before: string): string => {
  const id = newId(kind);
  return id > before ? id : `${idPrefixes[kind]}_${nextUlid(decodeTime(before.slice(idPrefixes[kind].length + 1)) + 1)}`;
};

const idOf = (kind: IdKind) =>
  z
    .string()
    .regex(new RegExp(`^${idPrefixes[kind]}_[0-7][0-9A-HJKMNP-TV-Z]{25}$`), `must be an id that starts with ${idPrefixes[kind]}_`)
    .meta({ examples: [`${idPrefixes[kind]}_01JBZ6V1GQ6W3F5J8C2N4R7T9X`] });

export const ZoneId = idOf('zone');
export const AgentId = idOf('agent');
export const SessionId = idOf('session');
export const JoinTokenId = idOf('joinToken');
export const TaskId = idOf('task');
export const RunId = idOf('run');
export const IncidentId = idOf('incident');
export const ScheduleId = idOf('schedule');
export const FireId = idOf('fire');
export const CallbackId = idOf('callback');
export const WebhookId = idOf('webhook');
/** A delivery's id is the `webhook-id` of its message. */
export const DeliveryId = idOf('message');
export const UserId = idOf('user');
/** Of a session of a person at the gateway; an agent's is a SessionId. */
export const LoginId = idOf('login');
export const ApiTokenId = idOf('apiToken');
export const InvitationId = idOf('invitation');
export const SourceId = idOf('source');
export const ResourceId = idOf('resource');
export const OperationId = idOf('operation');
export const JournalId = idOf('journal');

/** ISO 8601 in UTC with milliseconds, as every time in the API is. */
export const Timestamp = z.iso.datetime({ precision: 3 }).meta({ examples: ['2026-12-01T00:00:00.000Z'] });
