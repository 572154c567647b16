/** What is gathered of a request on its way. */
export interface AuditTrace {
  /** The request was let in; what is refused afterwards is not for want of rights. */
  isAdmitted: boolean;
  before?: unknown;
  zoneId?: string;
  reply?: unknown;
  isRecorded: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    auditTrace: AuditTrace | undefined;
  }
}

export const traceOf = (request: { auditTrace: AuditTrace | undefined }): AuditTrace =>
  (request.auditTrace ??= { isAdmitted: false, isRecorded: false });
