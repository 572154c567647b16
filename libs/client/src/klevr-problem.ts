import type { Problem } from './generated/api.js';

/**
 * What an answer that is not 2xx says. `code` is a word of the table of error codes; undefined where the answer is no problem of Klevr's, but of something
 * between it and here.
 */
export class KlevrProblem extends Error {
  override readonly name = 'KlevrProblem';
  readonly code: Problem['code'] | undefined;
  /** What is wrong with the request, one for each field. */
  readonly errors: Problem['errors'];
  /** What the people who run Klevr ask for. */
  readonly traceId: string | undefined;

  private constructor(
    /** Of HTTP. */
    readonly status: number,
    /** The same request may succeed after so long; undefined where it would not. */
    readonly retryAfterSeconds: number | undefined,
    problem: Problem | undefined,
    request: string,
  ) {
    const faults = (problem?.errors ?? []).map(({ path, message }) => ` ${path}: ${message};`).join('');
    super(`${request} answered ${status}${problem === undefined ? '' : ` ${problem.code}: ${problem.detail}`}${faults}`);
    this.code = problem?.code;
    this.errors = problem?.errors ?? [];
    this.traceId = problem?.traceId;
  }

  static async of(request: Pick<Request, 'method' | 'url'>, response: Response): Promise<KlevrProblem> {
    const text = await response.text();
    const isProblem = (response.headers.get('content-type') ?? '').startsWith('application/problem+json');
    const problem = isProblem ? (JSON.parse(text) as Problem) : undefined;
    return new KlevrProblem(response.status, retryAfterSecondsOf(response), problem, `${request.method} ${new URL(request.url).pathname}`);
  }
}

/** Seconds, or the time of a date. */
export function retryAfterSecondsOf(response: Response): number | undefined {
  const given = response.headers.get('retry-after');
  if (given === null) return undefined;
  const seconds = /^\d+$/.test(given) ? Number(given) : (Date.parse(given) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
