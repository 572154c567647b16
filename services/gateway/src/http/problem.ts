import { AppError, type ErrorCode, ErrorCode as ErrorCodes, Fault, errorCodes } from '@klevr/contracts/errors';
import { z } from 'zod';

/** RFC 9457. `type` and `code` say the same, the one as a URI, the other as a word of the table of error codes. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int().min(400).max(599),
    code: ErrorCodes,
    detail: z.string(),
    errors: z.array(Fault),
    traceId: z.string(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

export const problemContentType = 'application/problem+json; charset=utf-8';

export function problemOf(error: AppError, traceId: string): Problem {
  const { status, title } = errorCodes[error.code];
  return {
    type: `urn:klevr:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code: error.code,
    // What went wrong inside stays inside: an internal error tells its trace id and no more.
    detail: error.code === 'INTERNAL' ? title : error.message,
    errors: error.errors ?? [],
    traceId,
  };
}

/** Seconds for the header `Retry-After`, for those errors where trying again makes sense. */
export function retryAfterOf(error: AppError): number | undefined {
  if (error.retryAfterSeconds !== undefined) return Math.max(1, Math.ceil(error.retryAfterSeconds));
  return errorCodes[error.code].retryable ? 1 : undefined;
}

const codesByStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [405, 'METHOD_NOT_ALLOWED'],
  [413, 'TOO_LARGE'],
  [415, 'UNSUPPORTED_MEDIA_TYPE'],
  [429, 'RATE_LIMITED'],
  [503, 'UNAVAILABLE'],
]);

/** What the framework says about a request, as one of our errors: it names a status between 400 and 499, or it is a fault of ours. */
export function appErrorOf(error: unknown): AppError {
  if (error instanceof AppError) return errorCodes[error.code].status === 500 ? internal(error) : error;
  const status = statusOf(error);
  const code = status === undefined ? undefined : (codesByStatus.get(status) ?? (status < 500 ? 'BAD_REQUEST' : undefined));
  if (code === undefined) return internal(error);
  return new AppError(code, error instanceof Error ? error.message : errorCodes[code].title, { cause: error });
}

const internal = (error: unknown): AppError =>
  error instanceof AppError && error.code === 'INTERNAL' ? error : new AppError('INTERNAL', errorCodes.INTERNAL.title, { cause: error });

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const named: unknown = 'statusCode' in error ? error.statusCode : 'status' in error ? error.status : undefined;
  return typeof named === 'number' && named >= 400 && named <= 599 ? named : undefined;
}
