import { gatewayCureOf, saidBy, type GatewayRequest } from './gateway-request.js';

/**
 * One POST to the gateway, by an agent that cannot use NATS yet.
 * Promises: it ends within the time-out, follows no redirect, and tells apart a definite answer, one to wait after, and none. Does not: repeat.
 */
export interface GatewayPost {
  readonly url: URL;
  readonly body: object;
  readonly timeoutMs: number;
  readonly request: GatewayRequest;
}

export type GatewayAnswer =
  | { readonly kind: 'ok'; readonly body: unknown }
  /** The gateway said no. `code` is that of the problem document, where it was one. */
  | { readonly kind: 'no'; readonly status: number; readonly code: string | undefined; readonly said: string; readonly dateMs: number }
  | { readonly kind: 'away'; readonly why: string; readonly retryAfterMs: number | undefined };

export const postToGateway = async ({ url, body, timeoutMs, request }: GatewayPost): Promise<GatewayAnswer> => {
  let response: Response;
  let text: string;
  try {
    response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    return { kind: 'away', why: whyOf(error), retryAfterMs: undefined };
  }
  if (response.ok) return { kind: 'ok', body: parsed(text) };
  const { code, sentence } = problemOf(text);
  const said = `${response.status} ${sentence}`;
  if (response.status < 500 && response.status !== 429 && response.status !== 408) {
    return { kind: 'no', status: response.status, code, said, dateMs: Date.parse(response.headers.get('date') ?? '') };
  }
  const seconds = Number(response.headers.get('retry-after'));
  return { kind: 'away', why: said, retryAfterMs: seconds > 0 ? seconds * 1000 : undefined };
};

const whyOf = (error: unknown): string => {
  const cure = gatewayCureOf(error);
  return `${saidBy(error)}${cure === undefined ? '' : `; ${cure}`}`;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** The code and the words of a problem document, or the beginning of whatever came. */
const problemOf = (text: string): { code: string | undefined; sentence: string } => {
  const problem = parsed(text);
  if (typeof problem !== 'object' || problem === null) return { code: undefined, sentence: text.slice(0, 200) };
  const { code, title, detail } = problem as { code?: unknown; title?: unknown; detail?: unknown };
  const words = [title, detail].filter((part) => typeof part === 'string');
  return { code: typeof code === 'string' ? code : undefined, sentence: words.length > 0 ? words.join(': ') : text.slice(0, 200) };
};
