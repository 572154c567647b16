import { z } from 'zod';
import { AgentId, JournalId, SessionId, Timestamp, ZoneId } from './ids.js';
import { AgentKind, HostFacts, TaskKeySet } from './agent.js';
import { SignedHello, SignedTaskKeys } from './task-keys.js';

/** The server-side identity of a NATS connection: what `$SYS` events name. */
export const ConnectionId = z.object({ serverId: z.string().min(1).max(128), clientId: z.number().int().min(0) });
export type ConnectionId = z.infer<typeof ConnectionId>;

/** The value of a zone's key. While `epoch` is null the appointee has not said `ready` and the epoch is the revision itself. */
export const PrimaryKey = z.object({
  agentId: AgentId,
  session: SessionId,
  epoch: z.number().int().nullable(),
  stamp: z.number().int().describe('unix seconds'),
  since: Timestamp,
  conn: ConnectionId.nullable(),
  /** Why it was appointed; so that every replica can record it. */
  cause: z.string().optional(),
});
export type PrimaryKey = z.infer<typeof PrimaryKey>;

/** The header of a republished key that carries its revision, and the one that marks a delete (`DEL`, `PURGE`). */
export const republishHeaders = { sequence: 'Nats-Sequence', operation: 'KV-Operation' } as const;

export const Load = z.object({
  /** Runnable processes a processor, averaged over the last minute: the load average of the host divided by its processors. */
  cpu: z.number(),
  freeMemoryBytes: z.number(),
  runs: z.number().int(),
});

export const KnownAttempt = z.object({
  runId: z.string(),
  attempt: z.number().int(),
  state: z.enum(['accepted', 'running', 'finished']),
});
export type KnownAttempt = z.infer<typeof KnownAttempt>;
export const Verdict = z.object({
  runId: z.string(),
  attempt: z.number().int(),
  verdict: z.enum(['keep', 'stop', 'sendResult', 'forget']),
});
export type Verdict = z.infer<typeof Verdict>;

/** `ask.hello`: after every start (`session: null`) and every reconnect (the session it has). Also how an agent stands as a candidate. */
export const Hello = z.object({
  session: SessionId.nullable(),
  journalId: JournalId,
  version: z.string(),
  facts: HostFacts,
  beaconUrl: z.string().nullable(),
  conn: ConnectionId,
  load: Load,
  standing: z.boolean(),
  attempts: z.array(KnownAttempt).max(10_000),
  /** The public half (X…) of the key that secrets for this agent are sealed to. */
  sealingKey: z
    .string()
    .regex(/^X[A-Z2-7]{55}$/)
    .optional(),
  /** How long the host slept since the last hello, where it did: the clock that counts sleep ran ahead of the one that does not. */
  sleptSeconds: z.number().min(0).optional(),
  /** Random, anew for each hello: the signed answer names it, so that an older answer is none. */
  challenge: z
    .string()
    .regex(/^[\w-]{22}$/)
    .optional(),
  /** What the primary's beacon said when this agent looked because its stamp was old: a second opinion, never a verdict. */
  opinion: z.object({ agentId: AgentId, epoch: z.number().int(), beacon: z.enum(['healthy', 'stale', 'unreachable']) }).optional(),
});
export type Hello = z.infer<typeof Hello>;
/** `verdicts: null` means that the task-manager was away: the agent asks again. */
export const HelloReply = z.object({
  session: SessionId,
  zoneName: z.string(),
  settings: z.object({ heartbeatSeconds: z.number() }),
  /** Whether an operator has drained this agent; for people who look at its beacon. */
  drained: z.boolean().optional(),
  /** As what it joined. */
  kind: AgentKind.optional(),
  centreTimeMs: z.number().int(),
  primary: z
    .object({
      agentId: AgentId,
      epoch: z.number().int(),
      revision: z.number().int(),
      ready: z.boolean(),
      beaconUrl: z.string().nullable().optional(),
    })
    .nullable(),
  verdicts: z.array(Verdict).nullable(),
  taskKeys: TaskKeySet.nullable(),
  /** The task-manager's signature over what an agent obeys in this answer; where the hello had a challenge and the task-manager was there. */
  signed: SignedHello.optional(),
});
export type HelloReply = z.infer<typeof HelloReply>;

/**
 * `ask.ready`: the appointee has subscribed to its epoch's subjects and flushed. `ask.stamp` is the same: the primary's sign of life, each 5 s.
 */
export const Ready = z.object({ session: SessionId, epoch: z.number().int(), conn: ConnectionId });
export const StandingReply = z.object({
  /** `unavailable`: the key could not be read or written just now; the primary goes on. */
  outcome: z.enum(['primary', 'notPrimary', 'unavailable']),
  centreTimeMs: z.number().int(),
});
export type StandingReply = z.infer<typeof StandingReply>;

export const FactsUpdate = z.object({ session: SessionId, facts: HostFacts, beaconUrl: z.string().nullable() });
export const Renew = z.object({ session: SessionId.nullable() });
export const RenewReply = z.object({ userJwt: z.string(), userJwtExpiresAt: Timestamp });
export const Goodbye = z.object({ session: SessionId, reason: z.enum(['stopping', 'suspending']) });
export const Done = z.object({});

export const Heartbeat = z.object({ session: SessionId, atMs: z.number().int(), load: Load, beaconUrl: z.string().nullable() });
export type Heartbeat = z.infer<typeof Heartbeat>;

/** So many heartbeats in a row may be late or lost before anybody concludes something from it. */
export const missedBeats = 3;
/** Silence is told within them, the second between two looks included; two beats that come late (by a fifth each) are not silence. */
export const silentAfterBeats = 2.7;

/**
 * From the current primary to every scheduler replica: a beat each second, the secondaries that fell silent or came back, and all that it has heard (`rollUp`).
 * The first roll-up of a term, and the first after a gap in the primary's own hearing, comes when three heartbeats have passed: who is missing in it is missing.
 */
export const Report = z.object({
  session: SessionId,
  epoch: z.number().int(),
  kind: z.enum(['beat', 'change', 'rollUp']),
  atMs: z.number().int(),
  agents: z
    .array(
      z.object({
        agentId: AgentId,
        session: z.string(),
        state: z.enum(['heard', 'silent']),
        lastHeardMsAgo: z.number(),
        /** `Load.cpu` of its last heartbeat; in roll-ups, so that the centre hears it every ten seconds and not with each heartbeat. */
        cpuLoad: z.number().optional(),
      }),
    )
    .default([]),
  /** `Load.cpu` of the primary itself; in roll-ups. */
  cpuLoad: z.number().optional(),
  /** Of a zone that is too large for one message: nobody is missing before all parts of the same `atMs` are there. */
  part: z.object({ number: z.number().int().min(1), of: z.number().int().min(1) }).optional(),
});
export type Report = z.infer<typeof Report>;

/**
 * What the centre tells one agent by itself, on an inbox that nobody else can publish to. `removed`: its credentials end now, it stops for good.
 * `helloWanted`: something about it changed (labels, drain), it says hello. `taskKeys`: the keys that sign its work are others now. `renewWanted`: the key that signed
 * its credentials goes, it asks for new ones. One that misses it learns it at its next hello or login.
 */
export const Told = z.object({
  kind: z.enum(['removed', 'helloWanted', 'taskKeys', 'renewWanted']),
  reason: z.string(),
  taskKeys: SignedTaskKeys.optional(),
  /** The public key whose signature the credentials are to have. */
  issuer: z.string().optional(),
});
export type Told = z.infer<typeof Told>;

export const SettingsUpdate = z.object({ zoneId: ZoneId, settings: z.object({ heartbeatSeconds: z.number() }) });
