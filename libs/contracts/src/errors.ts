import { z } from 'zod';

/**
 * Every error code of the system, in one table: the HTTP status that the gateway answers with, whether the same call may succeed later
 * unchanged, and what it means. Agents' refusals of commands are codes as well; they never reach HTTP (status 500 there would be a defect).
 */
export const errorCodes = {
  BAD_REQUEST: { status: 400, retryable: false, title: 'The request is malformed or has faulty fields' },
  UNAUTHENTICATED: { status: 401, retryable: false, title: 'No valid session or token' },
  BAD_CREDENTIALS: { status: 401, retryable: false, title: 'User name or password is wrong' },
  JOIN_TOKEN_REFUSED: { status: 401, retryable: false, title: 'The join token is unknown, expired, used up or revoked' },
  SIGN_IN_REFUSED: { status: 401, retryable: false, title: 'The sign-in with the identity provider cannot be accepted' },
  INVITATION_REFUSED: { status: 401, retryable: false, title: 'The invitation is unknown, expired, used or revoked' },
  FORBIDDEN: { status: 403, retryable: false, title: 'The role does not allow this' },
  NOT_FOUND: { status: 404, retryable: false, title: 'There is no such thing' },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false, title: 'The path exists, the method does not' },
  CONFLICT: { status: 409, retryable: false, title: 'The thing exists already or its state does not allow this' },
  WRONG_STATE: { status: 409, retryable: false, title: 'The state of the thing does not allow this' },
  NOT_APPROVED: { status: 409, retryable: true, title: 'The agent waits for an operator to approve it' },
  CLONE_REFUSED: { status: 409, retryable: true, title: 'Another machine with the same identity is online' },
  AGENT_REMOVED: { status: 410, retryable: false, title: 'The agent was removed; it needs a new join token' },
  PRECONDITION_FAILED: { status: 412, retryable: false, title: 'The thing has changed since it was read (If-Match)' },
  IDEMPOTENCY_MISMATCH: { status: 409, retryable: false, title: 'The Idempotency-Key was used with another request' },
  SECRET_SHOWN_ONCE: { status: 409, retryable: false, title: 'The request was answered before, and its secret is never shown again' },
  TOO_LARGE: { status: 413, retryable: false, title: 'The body is larger than 4 MiB' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false, title: 'The body is not JSON' },
  NO_TARGET: { status: 422, retryable: false, title: 'The target matches no agent' },
  RATE_LIMITED: { status: 429, retryable: true, title: 'Too many requests' },
  INTERNAL: { status: 500, retryable: false, title: 'A fault of ours; its id is in traceId' },
  UNAVAILABLE: { status: 503, retryable: true, title: 'A part of the system is away for the moment' },
  STALE_EPOCH: { status: 500, retryable: true, title: 'The command names an epoch below the one that the agent has verified' },
  WRONG_SESSION: { status: 500, retryable: true, title: 'The command names another life of the agent process' },
  WRONG_AGENT: { status: 500, retryable: false, title: 'The command is for another agent or zone' },
  EXPIRED: { status: 500, retryable: true, title: 'The command arrived after its not-after time' },
  BAD_SIGNATURE: { status: 500, retryable: false, title: 'The command does not carry a valid signature of the task-manager' },
  CANCELED: { status: 500, retryable: false, title: 'The attempt was canceled before it started' },
  SPOOL_FULL: { status: 500, retryable: true, title: 'The agent has no room to record the attempt' },
  FACT_REFUSED: { status: 500, retryable: false, title: 'The fact cannot be stored and was set aside' },
} as const;

export const ErrorCode = z.enum(Object.keys(errorCodes) as [keyof typeof errorCodes, ...(keyof typeof errorCodes)[]]);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** One fault of an input: where it is (`steps.0.run`) and what is wrong. */
export const Fault = z.object({ path: z.string(), message: z.string() });
export type Fault = z.infer<typeof Fault>;

export const ErrorBody = z.object({
  code: ErrorCode,
  message: z.string(),
  errors: z.array(Fault).optional(),
  retryAfterSeconds: z.number().positive().optional(),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

/** The one error that crosses layers and services. `message` is for the person who made the call and never carries a secret. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly errors: Fault[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { cause?: unknown; errors?: Fault[]; retryAfterSeconds?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
      ...(this.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: this.retryAfterSeconds }),
    };
  }

  static fromBody(body: ErrorBody): AppError {
    return new AppError(body.code, body.message, {
      ...(body.errors ? { errors: body.errors } : {}),
      ...(body.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: body.retryAfterSeconds }),
    });
  }
}

/** All faults that zod found, as one BAD_REQUEST. */
export const badRequest = (error: z.ZodError, prefix = ''): AppError =>
  new AppError('BAD_REQUEST', 'The request has faulty fields', { cause: error, errors: faultsOf(error, prefix) });

export const faultsOf = (error: z.ZodError, prefix = ''): Fault[] =>
  error.issues.map((issue) => ({
    path: [prefix, ...issue.path.map(String)].filter((part) => part !== '').join('.'),
    message: issue.message,
  }));
