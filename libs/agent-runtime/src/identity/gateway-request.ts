import { readFileSync } from 'node:fs';
import { request as askHttp } from 'node:http';
import { request as askHttps } from 'node:https';
import { tlsCureOf } from '@klevr/platform/tls-fault';

/**
 * One question to the gateway over HTTPS whose certificate is of an authority of one's own.
 * Promises: the certificate and its name are verified against that authority alone; the file is read anew each time; it follows no redirect. Does not:
 * keep connections.
 */
export interface GatewayQuestion {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly redirect: 'error';
}

export type GatewayRequest = (url: URL, question: GatewayQuestion) => Promise<Response>;

const MAX_ANSWER_BYTES = 1024 * 1024;

export const requestTrusting =
  (caFile: string): GatewayRequest =>
  (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const options = { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) }, signal, agent: false };
      const asked = url.protocol === 'https:' ? askHttps(url, { ...options, ca: readFileSync(caFile) }) : askHttp(url, options);
      asked.on('error', reject);
      asked.on('response', (answer) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (part: Buffer) => {
          parts.push(part);
          bytes += part.length;
          if (bytes > MAX_ANSWER_BYTES) answer.destroy(new Error('the answer is too long'));
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const status = answer.statusCode ?? 0;
          if (status >= 300 && status < 400) return reject(new Error('the gateway redirects, which is not followed'));
          const told = Object.entries(answer.headers).flatMap(([name, value]) =>
            typeof value === 'string' ? [[name, value] as const] : [],
          );
          const text = Buffer.concat(parts).toString();
          return resolve(new Response(status === 204 ? null : text, { status, headers: Object.fromEntries(told) }));
        });
      });
      asked.end(body);
    });

/** What to change where TLS is the reason that the gateway cannot be reached. */
export const gatewayCureOf = (error: unknown): string | undefined =>
  tlsCureOf(error, { address: 'KLEVR_SERVER_URL', caFile: 'KLEVR_CA_FILE', plain: 'http://', secure: 'https://' }) ??
  (/other side closed|socket hang up|ECONNRESET/.test(saidBy(error))
    ? 'it hangs up: where it serves HTTPS, use https:// in KLEVR_SERVER_URL'
    : undefined);

/** `fetch` itself says "fetch failed" only. */
export function saidBy(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  return 'cause' in error && error.cause !== undefined ? `${String(error.message)}: ${saidBy(error.cause)}` : String(error.message);
}
