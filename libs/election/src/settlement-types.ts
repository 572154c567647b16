import type { ConnectionId, PrimaryKey } from '@klevr/contracts/presence';

/** The moment of an event: monotonic for durations, wall for what stands in keys and records. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** By the label `primary`; `never` keeps an agent from standing. */
export type Preference = 'first' | 'normal' | 'never';

export interface Candidate {
  readonly agentId: string;
  /** Undefined where another replica granted it and this one has not read it yet. */
  session: string | undefined;
  conn: ConnectionId | undefined;
  preference: Preference;
  load: number;
  /** Its connection is known to be cut. */
  away: boolean;
  /** When it last failed to take up an appointment or to answer. */
  failedAtMs: number | undefined;
}

export const endCauses = ['disconnected', 'silent', 'newSession', 'left', 'handOver', 'notReady', 'keyLost', 'declined'] as const;
export type EndCause = (typeof endCauses)[number];
export type AppointCause = EndCause | 'firstCandidate';

export interface Holder {
  readonly agentId: string;
  readonly session: string;
  readonly epoch: number;
}

/** The zone has to be settled: it has no key, or the holder that it names is to be replaced. */
export interface Vacancy {
  readonly holder: Holder | undefined;
  readonly cause: AppointCause;
  readonly sinceWallMs: number;
  /** The connection whose cut was the cause: what still comes over it is old. */
  readonly conn: ConnectionId | undefined;
  /** This replica acts at once; otherwise it leaves that to another for a moment. */
  eager: boolean;
  ended: boolean;
}

export interface KeySeen {
  readonly revision: number;
  /** Null: deleted, or there never was one. */
  readonly key: PrimaryKey | null;
}

/** A ready or stamp that this replica has to answer. */
export interface Sign {
  readonly ref: number;
  readonly agentId: string;
  readonly session: string;
  readonly epoch: number;
  readonly conn: ConnectionId;
  /** Reads of the key that were made for it; one is enough. */
  reads: number;
  writeId: number | undefined;
  writing: PrimaryKey | undefined;
  /** The write under way is the one that makes the holder ready. */
  first: boolean;
}

export interface Appointment {
  readonly writeId: number;
  readonly expectedRevision: number;
  readonly key: PrimaryKey;
  readonly vacancy: Vacancy;
}

/** What one replica knows of one zone. Made by `newZoneElection`, changed by `settle` alone. */
export interface ZoneElection {
  seen: KeySeen | undefined;
  reading: boolean;
  /** A read was wanted while another was under way, which may have been served before. */
  readAgain: boolean;
  /** Waits for the retry timer: the last write, read or look-up failed. */
  holding: boolean;
  /** What was seen may be out of date: a write conflicted or its fate is unknown. */
  mustRead: boolean;
  candidates: Map<string, Candidate>;
  vacancy: Vacancy | undefined;
  appointing: Appointment | undefined;
  lookingUp: string | undefined;
  handOverTo: string | undefined;
  lastHolderId: string | undefined;
  signs: Sign[];
  beatAtMs: number;
  probing: number | undefined;
  quietUntilMs: number;
  /** Appointments in a row that nobody took up. */
  misses: number;
  /** Writes and reads in a row whose fate is unknown, or that conflicted. */
  setbacks: number;
  nextWriteId: number;
}

export type WriteResult =
  { readonly outcome: 'written'; readonly revision: number } | { readonly outcome: 'conflict' | 'missing' | 'unknown' };

export type ElectionEvent =
  | { readonly kind: 'keyHeard'; readonly revision: number; readonly key: PrimaryKey | null }
  | { readonly kind: 'keyRead'; readonly revision: number; readonly key: PrimaryKey | null; readonly knownRevision: number | undefined }
  | { readonly kind: 'readFailed' }
  | { readonly kind: 'wrote'; readonly writeId: number; readonly result: WriteResult }
  | {
      readonly kind: 'stands';
      readonly agentId: string;
      readonly session: string | undefined;
      readonly conn: ConnectionId;
      readonly load: number;
      readonly preference: Preference;
      readonly standing: boolean;
      /** This replica answers the hello, so it settles what follows from it. */
      readonly answering: boolean;
    }
  | { readonly kind: 'candidateLoaded'; readonly candidate: Candidate }
  | { readonly kind: 'lookedUp'; readonly agentId: string; readonly session: string | undefined }
  | {
      readonly kind: 'sign';
      readonly ref: number | undefined;
      readonly agentId: string;
      readonly session: string;
      readonly epoch: number;
      readonly conn: ConnectionId;
    }
  | { readonly kind: 'beat'; readonly agentId: string; readonly session: string; readonly epoch: number }
  | { readonly kind: 'cut'; readonly agentId: string; readonly conn: ConnectionId }
  | { readonly kind: 'probed'; readonly epoch: number; readonly answer: 'alive' | 'dead' | 'unknown' }
  /** Somebody of the zone has reason to think that the holder of this epoch is gone. */
  | { readonly kind: 'doubted'; readonly epoch: number }
  | { readonly kind: 'leaves'; readonly agentId: string; readonly session: string; readonly answering: boolean }
  | { readonly kind: 'handOver'; readonly to: string | undefined }
  | { readonly kind: 'reconnected' }
  | { readonly kind: 'timer'; readonly timer: ElectionTimer };

/** `ready`: the appointee takes too long; `beat`: the holder may be silent; `retry`: safety net of a settlement that did not come about. */
export type ElectionTimer = 'ready' | 'beat' | 'retry';

export type TermRecord =
  | {
      readonly kind: 'appointed';
      readonly epoch: number;
      readonly agentId: string;
      readonly cause: AppointCause;
      readonly atMs: number;
      readonly previous: { readonly cause: EndCause; readonly atMs: number } | undefined;
    }
  | {
      readonly kind: 'seen';
      readonly epoch: number;
      readonly agentId: string;
      readonly cause: string | undefined;
      readonly ready: boolean;
      readonly sinceMs: number;
      readonly atMs: number;
    }
  | {
      readonly kind: 'ready';
      readonly epoch: number;
      readonly agentId: string;
      readonly cause: string | undefined;
      readonly sinceMs: number;
      readonly atMs: number;
    }
  | { readonly kind: 'ended'; readonly epoch: number; readonly agentId: string; readonly cause: EndCause; readonly atMs: number }
  | { readonly kind: 'resumed'; readonly epoch: number; readonly agentId: string; readonly atMs: number };

export type ElectionAction =
  | { readonly kind: 'read'; readonly knownRevision: number | undefined }
  | { readonly kind: 'write'; readonly writeId: number; readonly key: PrimaryKey; readonly expectedRevision: number }
  | { readonly kind: 'lookUp'; readonly agentId: string }
  | { readonly kind: 'probe'; readonly epoch: number; readonly agentId: string }
  | { readonly kind: 'arm'; readonly timer: ElectionTimer; readonly delayMs: number; readonly jitterMs: number }
  | { readonly kind: 'record'; readonly record: TermRecord }
  | { readonly kind: 'answer'; readonly ref: number; readonly outcome: 'primary' | 'notPrimary' | 'unavailable' }
  | { readonly kind: 'suspect'; readonly agentId: string; readonly cause: string }
  | { readonly kind: 'checkBucket' };

export const newZoneElection = (quietUntilMs = 0): ZoneElection => ({
  seen: undefined,
  reading: false,
  readAgain: false,
  holding: false,
  mustRead: false,
  candidates: new Map(),
  vacancy: undefined,
  appointing: undefined,
  lookingUp: undefined,
  handOverTo: undefined,
  lastHolderId: undefined,
  signs: [],
  beatAtMs: 0,
  probing: undefined,
  quietUntilMs,
  misses: 0,
  setbacks: 0,
  nextWriteId: 1,
});

/** One event on its way through the core: what it does goes into `actions`. */
export interface Turn {
  readonly zone: ZoneElection;
  readonly now: Moment;
  readonly actions: ElectionAction[];
}

export const holderOf = ({ seen }: ZoneElection): Holder | undefined =>
  seen?.key ? { agentId: seen.key.agentId, session: seen.key.session, epoch: seen.key.epoch ?? seen.revision } : undefined;

/** The holder is ready and not about to be replaced. */
export const hasPrimary = ({ seen, vacancy }: ZoneElection): boolean => typeof seen?.key?.epoch === 'number' && vacancy === undefined;

export const sameHolder = (a: Holder | undefined, b: Holder | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.agentId === b.agentId && a.session === b.session && a.epoch === b.epoch);

export const sameConn = (a: ConnectionId | null | undefined, b: ConnectionId | null | undefined): boolean =>
  a !== null && a !== undefined && b !== null && b !== undefined && a.serverId === b.serverId && a.clientId === b.clientId;
