/**
 * Every NATS subject of the system: its pattern, who sends to whom, and the one function that builds it and the one that parses it.
 * No subject literal stands anywhere else. A value that is not one plain token is refused, so no name can widen a subject.
 */
type ParameterOf<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | ParameterOf<Rest> : never;

export interface SubjectPattern<P extends string = string> {
  readonly pattern: P;
  readonly kind: string;
  readonly flow: string;
  /** The exact subject. Throws a RangeError for a value that is not one token. */
  build(parameters: Record<ParameterOf<P>, string | number>): string;
  /** The parameters of a subject of this pattern, or undefined where it is another. */
  parse(subject: string): Record<ParameterOf<P>, string> | undefined;
  /** A subject to subscribe to: what is not given becomes `*`. */
  wildcard(parameters?: Partial<Record<ParameterOf<P>, string | number>>): string;
}

const plainToken = /^[A-Za-z0-9_-]{1,128}$/;

const tokenOf = (name: string, value: string | number): string => {
  const text = String(value);
  if (!plainToken.test(text)) throw new RangeError(`${name} is not a subject token: ${JSON.stringify(text.slice(0, 64))}`);
  return text;
};

const define = <const P extends string>(pattern: P, kind: string, flow: string): SubjectPattern<P> => {
  const parts = pattern.split('.').map((part) => (part.startsWith('{') ? { name: part.slice(1, -1) } : { literal: part }));
  const fill = (valueOf: (name: string) => string): string =>
    parts.map((part) => ('name' in part ? valueOf(part.name) : part.literal)).join('.');
  return {
    pattern,
    kind,
    flow,
    build: (parameters) => fill((name) => tokenOf(name, (parameters as Record<string, string | number>)[name] ?? '')),
    wildcard: (parameters) =>
      fill((name) => {
        const value = (parameters as Record<string, string | number> | undefined)?.[name];
        return value === undefined ? '*' : tokenOf(name, value);
      }),
    parse: (subject) => {
      const tokens = subject.split('.');
      if (tokens.length !== parts.length) return undefined;
      const found: Record<string, string> = {};
      for (const [index, part] of parts.entries()) {
        const value = tokens[index] ?? '';
        if ('name' in part) {
          if (!plainToken.test(value)) return undefined;
          found[part.name] = value;
        } else if (part.literal !== value) return undefined;
      }
      return found as Record<ParameterOf<P>, string>;
    },
  };
};

export const subjects = {
  heartbeat: define('klevr.v1.hb.{zone}.{agent}', 'publish', "agent → the zone's primary"),
  primary: define(
    'klevr.v1.primary.{zone}',
    'publish (republish of the bucket)',
    'every change of the key → agents of the zone, scheduler, task-manager',
  ),
  zoneCommand: define('klevr.v1.zone.{zone}.{epoch}.{verb}', 'request', 'task-manager, scheduler → the primary of that epoch'),
  agentCommand: define('klevr.v1.agent.{zone}.{agent}.{verb}', 'request', 'primary, task-manager, scheduler → agent'),
  fact: define('klevr.v1.fact.{zone}.{agent}', 'request, answered after the commit', 'agent → task-manager'),
  report: define('klevr.v1.report.{zone}.{agent}', 'publish', 'the current primary → every scheduler replica'),
  ask: define('klevr.v1.ask.{zone}.{agent}.{verb}', 'request', 'agent → scheduler'),
  provisionClaim: define('klevr.v1.provision.{zone}.claim', 'request, queue group an engine', 'task-manager → provisioner worker'),
  provision: define('klevr.v1.provision.{zone}.{agent}.{verb}', 'request', 'provisioner worker → provisioner'),
  settings: define('klevr.v1.settings.{zone}', 'publish', 'scheduler → agents of the zone'),
  event: define('klevr.v1.event.{topic}.{zone}.{id}', 'JetStream stream EVENTS', 'services (outbox) → gateway, task-manager, scheduler'),
  log: define('klevr.v1.log.{zone}.{run}', 'JetStream stream LOGS', 'task-manager → gateway'),
  rpc: define('klevr.v1.rpc.{service}.{verb}', 'request, queue group', 'services among themselves'),
  changed: define(
    'klevr.v1.changed.{service}.{what}',
    'publish',
    'a replica of a service → all of them: what they keep of it in memory is old',
  ),
} as const;

/** Reply subjects. Who may publish on them is the server's to enforce; the token in the end is random (128 bits), never guessable. */
export const inboxes = {
  agentAwaitsCentre: define('_INBOX.{zone}.{agent}.centre.{token}', 'inbox', 'scheduler, task-manager → agent'),
  agentTold: define('_INBOX.{zone}.{agent}.centre.told', 'publish', 'scheduler, task-manager → agent, unasked'),
  agentAwaitsPeer: define('_INBOX.{zone}.{agent}.peer.{token}', 'inbox', 'agent → agent of the same zone'),
  centreAwaitsAgent: define('_INBOX.centre.{zone}.{agent}.{replica}.{token}', 'inbox', 'agent → the service replica that asked it'),
  service: define('_INBOX.svc.{service}.{replica}.{token}', 'inbox', 'service → service'),
} as const;

/** In the place of the agent: where any worker of the zone answers who cannot know which one will. */
export const workersInbox = 'workers';

/** The key of a zone in the bucket `primaries`, and the stream subject behind it. */
export const primariesBucket = 'primaries';
export const primariesStream = `KV_${primariesBucket}`;
export const primaryKeySubject = define(`$KV.primaries.{zone}`, 'KV key', 'schedulers only');

/** In the NATS server's system account: who connects to our account, and the list of who is connected to one server. */
export const systemSubjects = {
  connected: define('$SYS.ACCOUNT.{account}.CONNECT', 'publish', 'NATS server → scheduler'),
  disconnected: define('$SYS.ACCOUNT.{account}.DISCONNECT', 'publish', 'NATS server → scheduler'),
  connections: define('$SYS.REQ.SERVER.{server}.CONNZ', 'request', 'scheduler → NATS server'),
} as const;
