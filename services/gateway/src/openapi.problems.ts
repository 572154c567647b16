import { AppError, type ErrorCode, errorCodes, type Fault } from '@klevr/contracts/errors';
import type { RouteRule } from './access/route-rules.js';
import { problemOf, retryAfterOf } from './http/problem.js';
import { answerHeaders } from './openapi.shared.js';

/** What of an operation says which problems it can be answered with. */
export interface Answerable {
  readonly method: string;
  readonly path: string;
  readonly rule: RouteRule | undefined;
  /** Names of its header parameters. */
  readonly headers: readonly string[];
  /** What only this one has. */
  readonly own: readonly ErrorCode[];
}

/** Every code that the operation can be answered with. */
export function problemCodesOf({ method, path, rule, headers, own }: Answerable): ErrorCode[] {
  const codes = new Set<ErrorCode>(['BAD_REQUEST', 'RATE_LIMITED', 'INTERNAL', 'UNAVAILABLE', ...own]);
  const add = (holds: boolean, ...more: ErrorCode[]): void => more.forEach((code) => holds && codes.add(code));
  add(rule?.kind !== 'anyone', 'UNAUTHENTICATED');
  // Also of whoever has to change their password first.
  add(
    rule !== undefined && rule.kind !== 'anyone' && (rule.kind !== 'self' || rule.byPerson === true || !rule.beforePasswordChange),
    'FORBIDDEN',
  );
  add(rule?.kind === 'zone' || rule?.kind === 'listed' || path.includes('{'), 'NOT_FOUND');
  add(method !== 'GET', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  add(headers.includes('Idempotency-Key'), 'IDEMPOTENCY_MISMATCH');
  add(headers.includes('If-Match'), 'PRECONDITION_FAILED');
  return (Object.keys(errorCodes) as ErrorCode[]).filter((code) => codes.has(code));
}

const exampleTraceId = '4bf92f3577b34da6a3ce929d0e0e4736';

/** What is said where the title of a code alone would say little. */
const examples: Partial<Record<ErrorCode, { detail: string; errors?: Fault[]; retryAfterSeconds?: number }>> = {
  BAD_REQUEST: {
    detail: 'The request has faulty fields',
    errors: [
      { path: 'name', message: 'must not be empty' },
      { path: 'zne', message: 'is not a known field' },
    ],
  },
  UNAUTHENTICATED: { detail: 'This needs the header Authorization: Bearer <token of a session, or API token>' },
  FORBIDDEN: { detail: 'This needs the role operator in the zone' },
  NOT_FOUND: { detail: 'There is no such zone' },
  WRONG_STATE: { detail: 'The task is succeeded' },
  CONFLICT: { detail: 'There is a zone named demo already' },
  NO_TARGET: { detail: 'The target matches no agent of the zone', errors: [{ path: 'target', message: 'matches no agent' }] },
  RATE_LIMITED: { detail: 'Too many requests; try again in 3 s', retryAfterSeconds: 3 },
  UNAVAILABLE: { detail: 'The task-manager does not answer' },
};

const problemExample = (code: ErrorCode): object => {
  const { detail = errorCodes[code].title, ...rest } = examples[code] ?? {};
  return { summary: errorCodes[code].title, value: problemOf(new AppError(code, detail, rest), exampleTraceId) };
};

/** The answers for these codes, one a status, each named after its codes, so that operations share them. */
export function problemResponsesOf(codes: readonly ErrorCode[]): { status: number; name: string; response: object }[] {
  const statuses = [...new Set(codes.map((code) => errorCodes[code].status))].sort((a, b) => a - b);
  return statuses.map((status) => {
    const here = codes.filter((code) => errorCodes[code].status === status);
    const retried = here.some((code) => retryAfterOf(new AppError(code, '')) !== undefined);
    return {
      status,
      name: here.join('-'),
      response: {
        description: here.map((code) => `\`${code}\`: ${errorCodes[code].title}`).join('. '),
        headers: {
          ...answerHeaders,
          ...(retried ? { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } : {}),
        },
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(here.map((code) => [code, problemExample(code)])),
          },
        },
      },
    };
  });
}
