import type { AuditEntry, Outcome } from './audit-entry.js';
import type { AuditTrace } from './audit-trace.js';
import { audited, type AuditedThing, withoutOwnNews } from './audited-thing.js';
import { fitted } from './audit-rows.js';
import { type Change, changeText, difference } from './change-text.js';
import type { MaskOptions } from './masked.js';

/** An answered request, as far as the audit trail is concerned. */
export interface AnsweredRequest {
  readonly method: string;
  readonly pattern: string;
  readonly url: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly status: number;
  readonly code: string | null;
  readonly address: string;
  readonly userAgent: string | null;
  readonly traceId: string;
  readonly principal:
    { readonly kind: 'session' | 'apiToken'; readonly id: string; readonly userId: string; readonly username: string } | undefined;
  /** That the guard found. */
  readonly zoneId: string | undefined;
  readonly trace: AuditTrace | undefined;
}

const refusals = new Set([401, 403, 429]);
/** What besides is secret in things of a kind. */
const secretNames: Readonly<Record<string, MaskOptions>> = {
  credential: { alsoSecret: new Set(['value']) },
  source: { alsoSecret: new Set(['auth']) },
};

export function entryOf(request: AnsweredRequest, id: string, at: string): AuditEntry {
  const thing = audited(request.method, request.pattern, request.params, request.principal);
  const { status } = request;
  const outcome: Outcome = outcomeOf(request);
  const isDone = outcome === 'granted';
  const change = isDone ? changeOf(request, thing) : {};
  const reply = isDone ? objectOf(request.trace?.reply) : {};
  return fitted({
    id,
    at,
    ...whoOf(request, reply, isDone),
    address: request.address,
    userAgent: request.userAgent,
    action: `${request.method} ${request.pattern}`,
    target: request.url.split('?', 1)[0] ?? '',
    thingKind: thing.kind,
    thingId: thingIdOf(request, thing, reply),
    zoneId: zoneOf(request, thing, reply),
    outcome,
    status,
    code: request.code,
    traceId: request.traceId,
    change: changeText(change, secretNames[thing.kind ?? '']),
  });
}

/** A 404 of somebody who was not let in hides what is there: that is a refusal. */
function outcomeOf({ status, trace }: AnsweredRequest): Outcome {
  if (status < 400) return 'granted';
  return refusals.has(status) || (status === 404 && trace?.isAdmitted !== true) ? 'refused' : 'failed';
}

type Who = Pick<AuditEntry, 'userId' | 'username' | 'callerKind' | 'callerId'>;

function whoOf(request: AnsweredRequest, reply: Record<string, unknown>, isDone: boolean): Who {
  const { principal, pattern, params } = request;
  if (principal !== undefined)
    return { userId: principal.userId, username: principal.username, callerKind: principal.kind, callerId: principal.id };
  const agentId = isDone ? agentOf(pattern, params, reply) : null;
  const user = objectOf(reply.user);
  const sessionId = isDone && textOf(user.id) !== null ? textOf(reply.id) : null;
  if (sessionId !== null) return { userId: textOf(user.id), username: textOf(user.username), callerKind: 'session', callerId: sessionId };
  return { userId: null, username: triedName(request.body), callerKind: agentId === null ? 'none' : 'agent', callerId: agentId };
}

/** Of an agent that has proved that it is one. */
function agentOf(pattern: string, params: unknown, reply: Record<string, unknown>): string | null {
  if (pattern.endsWith('/enroll')) return textOf(reply.agentId);
  return pattern.endsWith('/agents/:id/credentials') ? textOf(objectOf(params).id) : null;
}

function thingIdOf({ trace }: AnsweredRequest, { kind, ref }: AuditedThing, reply: Record<string, unknown>): string | null {
  // A zone may be named by its name; what it is called among the entries is its id.
  if (ref !== null) return (kind === 'zone' ? trace?.zoneId : textOf(objectOf(trace?.before).id)) ?? ref;
  if (kind === 'user') return textOf(objectOf(reply.user).id) ?? textOf(reply.id);
  return textOf(reply.id) ?? (kind === 'agent' ? textOf(reply.agentId) : null) ?? textOf(reply.sessionId) ?? textOf(reply.name);
}

function zoneOf({ trace, zoneId }: AnsweredRequest, { kind }: AuditedThing, reply: Record<string, unknown>): string | null {
  const found = [trace?.zoneId, zoneId, kind === 'zone' ? reply.id : reply.zoneId, onlyZoneOf(reply.items)];
  return found.map(textOf).find((id) => id?.startsWith('zone_')) ?? null;
}

/** Of several things in one zone. What is about several zones is for those who see all. */
function onlyZoneOf(items: unknown): unknown {
  const zones = new Set(Array.isArray(items) ? items.map((item) => objectOf(item).zoneId) : []);
  return zones.size === 1 ? [...zones][0] : undefined;
}

function changeOf({ method, pattern, query, body, trace }: AnsweredRequest, { kind, part }: AuditedThing): Change {
  const before = withoutOwnNews(kind, trace?.before);
  const after = withoutOwnNews(kind, pattern.endsWith('/tasks/bulk') ? briefly(trace?.reply) : trace?.reply);
  if (method === 'DELETE') return { before, ...(isFilled(query) ? { asked: query } : {}) };
  // Who makes something gets it told; where something is changed, what was given is told as well: of a secret before and after look the same.
  const given = before !== undefined && isFilled(body) ? { asked: body } : {};
  if (after === undefined || before === undefined) return { before, after, ...given };
  // Some answers are about something new: the task that a schedule has made, say.
  const isOther = part === undefined && objectOf(before).id !== objectOf(after).id;
  return { ...(isOther ? { after } : difference(before, after)), ...given };
}

/** What a hundred new tasks are, without their callbacks. */
function briefly(reply: unknown): unknown {
  const items = Object.values(objectOf(reply)).find((value) => Array.isArray(value));
  return Array.isArray(items) ? { tasks: items.map((task) => ({ id: objectOf(task).id, name: objectOf(task).name })) } : reply;
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const isFilled = (value: unknown): boolean => Object.keys(objectOf(value)).length > 0;
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const triedName = (body: unknown): string | null => textOf(objectOf(body).username);
