/** One change that was made, tried or refused. */
export interface AuditEntry {
  readonly id: string;
  readonly at: Date;
  /** Unknown for callers without a session. */
  readonly userId: string | null;
  /** The user's name; for a refused sign-in the name that was tried. */
  readonly username: string | null;
  readonly address: string;
  readonly action: string;
  readonly target: string;
  readonly status: number;
  /** The code of the problem, null where the request was granted. */
  readonly code: string | null;
  readonly traceId: string;
}
