/** Who asked: a person's session, a program's API token, an agent; `none` where nobody was known, `system` for what the gateway itself has to say. */
export const callerKinds = ['session', 'apiToken', 'agent', 'none', 'system'] as const;
export type CallerKind = (typeof callerKinds)[number];

/** Done; refused for want of rights or patience; not done for another reason. */
export const outcomes = ['granted', 'refused', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** One change that was made, tried or refused. */
export interface AuditEntry {
  readonly id: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  /** Unknown for callers without a session. */
  readonly userId: string | null;
  /** The user's name; for a refused sign-in the name that was tried. */
  readonly username: string | null;
  readonly callerKind: CallerKind;
  /** Of the session, the API token or the agent. */
  readonly callerId: string | null;
  readonly address: string;
  readonly userAgent: string | null;
  /** Method and route. */
  readonly action: string;
  /** The path as it was asked for. */
  readonly target: string;
  readonly thingKind: string | null;
  readonly thingId: string | null;
  readonly zoneId: string | null;
  readonly outcome: Outcome;
  readonly status: number;
  /** The code of the problem, null where the request was granted. */
  readonly code: string | null;
  readonly traceId: string;
  /** Canonical JSON of what was before, is after, was asked for; secrets masked. */
  readonly change: string | null;
}

/** Where a chain has got to. */
export interface ChainPlace {
  readonly seq: number;
  readonly hash: string;
}

export interface ChainedEntry extends AuditEntry, ChainPlace {}
