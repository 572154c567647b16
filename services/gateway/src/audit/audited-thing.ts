/** What a route is about, worked out from its path: the last thing that the path names, or the kind of thing that it makes. */
const kinds: Readonly<Record<string, string>> = {
  zones: 'zone',
  'join-tokens': 'joinToken',
  credentials: 'credential',
  'concurrency-keys': 'concurrencyKey',
  incidents: 'incident',
  agents: 'agent',
  enroll: 'agent',
  tasks: 'task',
  bulk: 'task',
  runs: 'run',
  deliveries: 'delivery',
  schedules: 'schedule',
  webhooks: 'webhook',
  sources: 'source',
  recipes: 'recipe',
  lint: 'recipe',
  resources: 'resource',
  operations: 'operation',
  sessions: 'session',
  users: 'user',
  tokens: 'apiToken',
  invitations: 'invitation',
  'sign-up': 'user',
};

export interface AuditedThing {
  readonly kind: string | null;
  /** As the path names it: an id, or a name; null where the request makes it. */
  readonly ref: string | null;
  /** The zone that the path names. */
  readonly zoneRef: string | null;
  /** What of the thing is changed, where that is told apart from the thing. */
  readonly part?: string;
}

const parts: ReadonlyMap<string, string> = new Map([
  ['identities', 'identities'],
  ['primary/handover', 'primary'],
]);

interface Caller {
  readonly id: string;
  readonly userId: string;
}

/** `pattern`: of the route, as the server knows it. */
export function audited(method: string, pattern: string, params: unknown, caller?: Caller): AuditedThing {
  const segments = pattern.split('/').filter((segment) => segment !== '');
  const valueAt = (index: number): string | null => paramOf(params, segments[index]);
  const zoneAt = segments.indexOf('zones') + 1;
  const zoneRef = zoneAt > 0 ? valueAt(zoneAt) : null;
  const made = method === 'POST' ? kinds[segments.at(-1) ?? ''] : undefined;
  // An agent asks for credentials of its own: nothing is made that has a name.
  if (made !== undefined && !pattern.endsWith('/agents/:id/credentials')) return { kind: made, ref: null, zoneRef };
  if (pattern.includes('/users/me')) return { kind: 'user', ref: caller?.userId ?? null, zoneRef };
  if (pattern.includes('/sessions/current')) return { kind: 'session', ref: caller?.id ?? null, zoneRef };
  const named = segments.findLastIndex((segment) => segment.startsWith(':'));
  if (named > 0) {
    const part = parts.get(segments.slice(named + 1).join('/'));
    return { kind: kinds[segments[named - 1] ?? ''] ?? null, ref: valueAt(named), zoneRef, ...(part === undefined ? {} : { part }) };
  }
  const kind = segments.map((segment) => kinds[segment]).findLast((one) => one !== undefined);
  return { kind: kind ?? null, ref: null, zoneRef };
}

function paramOf(params: unknown, segment: string | undefined): string | null {
  if (segment?.startsWith(':') !== true || typeof params !== 'object' || params === null) return null;
  const value = (params as Record<string, unknown>)[segment.slice(1)];
  return typeof value === 'string' ? value : null;
}

/** What a thing tells of its own accord, and no request changes. */
const ownNews: Readonly<Record<string, readonly string[]>> = {
  zone: ['primary', 'headless', 'agents'],
  resource: ['observed', 'observedAt', 'drift', 'health', 'outputs', 'updatedAt'],
  operation: ['plan', 'steps'],
  agent: ['facts', 'capabilities', 'session', 'beaconUrl', 'lastSeenAt', 'isPrimary', 'version'],
};

export function withoutOwnNews(kind: string | null, thing: unknown): unknown {
  const names = ownNews[kind ?? ''];
  if (names === undefined || typeof thing !== 'object' || thing === null || Array.isArray(thing)) return thing;
  return Object.fromEntries(Object.entries(thing).filter(([name]) => !names.includes(name)));
}
