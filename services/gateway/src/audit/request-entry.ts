import type { AuditEntry, Outcome } from './audit-entry.js';
import type { AuditTrace } from './audit-note.js';
import { audited, type AuditedThing, withoutOwnNews } from './audited-thing.js';
import { fitted } from './audit-rows.js';
import { type Change, changeText, difference } from './change-text.js';

/** An answered request, as far as the audit trail is concerned. */
export interface AnsweredRequest {
  readonly method: string;
  readonly pattern: string;
  readonly url: string;
  readonly params: unknown;
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
const credentialNames = { alsoSecret: new Set(['value']) };

export function entryOf(request: AnsweredRequest, id: string, at: string): AuditEntry {
  const thing = audited(request.method, request.pattern, request.params);
  const { trace, status } = request;
  const outcome: Outcome = outcomeOf(request);
  const isDone = outcome === 'granted';
  const change = isDone ? changeOf(request, thing.kind) : {};
  const reply = isDone ? objectOf(trace?.reply) : {};
  return fitted({
    id,
    at,
    ...whoOf(request, reply, isDone),
    address: request.address,
    userAgent: request.userAgent,
    action: `${request.method} ${request.pattern}`,
    target: request.url.split('?', 1)[0] ?? '',
    thingKind: trace?.note?.thing?.kind ?? thing.kind,
    thingId: trace?.note?.thing?.id ?? thingIdOf(request, thing, reply),
    zoneId: zoneOf(request, thing, reply),
    outcome,
    status,
    code: request.code,
    traceId: request.traceId,
    change: changeText(change, thing.kind === 'credential' ? credentialNames : {}),
  });
}

/** A 404 of somebody who was not let in hides what is there: that is a refusal. */
function outcomeOf({ status, trace }: AnsweredRequest): Outcome {
  if (status < 400) return 'granted';
  return refusals.has(status) || (status === 404 && trace?.isAdmitted !== true) ? 'refused' : 'failed';
}

type Who = Pick<AuditEntry, 'userId' | 'username' | 'callerKind' | 'callerId'>;

function whoOf(request: AnsweredRequest, reply: Record<string, unknown>, isDone: boolean): Who {
  const { principal, trace, pattern, params } = request;
  if (principal !== undefined)
    return { userId: principal.userId, username: principal.username, callerKind: principal.kind, callerId: principal.id };
  const noted = trace?.note;
  if (noted?.user !== undefined || noted?.caller !== undefined)
    return {
      userId: noted.user?.id ?? null,
      username: noted.user?.username ?? null,
      callerKind: noted.caller?.kind ?? 'none',
      callerId: noted.caller?.id ?? null,
    };
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

function thingIdOf(
  { trace, pattern, principal }: AnsweredRequest,
  { kind, ref }: AuditedThing,
  reply: Record<string, unknown>,
): string | null {
  // A zone may be named by its name; what it is called among the entries is its id.
  if (ref !== null) return textOf(objectOf(trace?.before).id) ?? ref;
  if (pattern.includes('/sessions/current') && principal !== undefined) return principal.id;
  return textOf(reply.id) ?? (kind === 'agent' ? textOf(reply.agentId) : null) ?? textOf(reply.sessionId) ?? textOf(reply.name);
}

function zoneOf({ trace, zoneId }: AnsweredRequest, { kind }: AuditedThing, reply: Record<string, unknown>): string | null {
  const found = [trace?.note?.zoneId, trace?.zoneId, zoneId, kind === 'zone' ? reply.id : reply.zoneId];
  return found.map(textOf).find((id) => id?.startsWith('zone_')) ?? null;
}

function changeOf({ method, pattern, body, trace }: AnsweredRequest, kind: string | null): Change {
  const { before: noted, after: notedAfter, asked } = trace?.note ?? {};
  const before = withoutOwnNews(kind, noted ?? trace?.before);
  const after = withoutOwnNews(kind, notedAfter ?? (pattern.endsWith('/tasks/bulk') ? briefly(trace?.reply) : trace?.reply));
  const told = asked === undefined ? {} : { asked };
  if (method === 'DELETE') return { before, ...told };
  if (before === undefined) return { after, ...told };
  // What was given is told as well: of a secret that is another now, before and after look the same.
  const given = body === undefined || body === null ? {} : { asked: body };
  return { ...(after === undefined ? { before } : difference(before, after)), ...given, ...told };
}

/** What a hundred new tasks are, without their callbacks. */
function briefly(reply: unknown): unknown {
  const items = Object.values(objectOf(reply)).find((value) => Array.isArray(value));
  return Array.isArray(items) ? { tasks: items.map((task) => ({ id: objectOf(task).id, name: objectOf(task).name })) } : reply;
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const triedName = (body: unknown): string | null => textOf(objectOf(body).username);
