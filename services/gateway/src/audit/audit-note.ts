import type { CallerKind } from './audit-entry.js';

/** What only the route itself knows of what it does; goes into the request's entry of the audit trail. */
export interface AuditNote {
  /** Who it turned out to be, where the request had no session. */
  user?: { readonly id: string | null; readonly username: string | null };
  caller?: { readonly kind: CallerKind; readonly id: string | null };
  thing?: { readonly kind: string; readonly id: string | null };
  zoneId?: string | null;
  before?: unknown;
  after?: unknown;
  /** A further word, such as how somebody signed in. */
  asked?: unknown;
}

/** What is gathered of a request on its way. */
export interface AuditTrace {
  /** The request was let in; what is refused afterwards is not for want of rights. */
  isAdmitted: boolean;
  before?: unknown;
  zoneId?: string;
  reply?: unknown;
  note?: AuditNote;
  isRecorded: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    auditTrace: AuditTrace | undefined;
  }
}
