import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@klevr/contracts/errors';
import { newTraceparent } from '@klevr/messaging/trace';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseJsonBody } from './json-body.js';
import { appErrorOf, problemOf } from './problem.js';
import { sendProblem } from './problem.filter.js';
import { identify } from './request-context.hook.js';
import { readTls, type TlsConfig, tlsFilesOf } from './tls-files.js';

export const bodyLimitBytes = 4 * 1024 * 1024;

export interface HttpServerOptions extends TlsConfig {
  readonly trustedProxies?: readonly string[] | undefined;
  /** More are hung up at once. */
  readonly maxConnections?: number | undefined;
  /** How long the headers of a request may take to arrive. */
  readonly headersTimeoutMs?: number;
  /** How long a whole request may take to arrive. */
  readonly requestTimeoutMs?: number;
}

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** The first line is part of it, and so the longest address. */
const MAX_HEADER_BYTES = 16 * 1024;

/** The HTTP server, set up so that whatever it refuses by itself is answered with a problem as well. HTTPS where it is given a certificate. */
export function createHttpAdapter(options: HttpServerOptions = {}): FastifyAdapter {
  const { trustedProxies = [], headersTimeoutMs = HEADERS_TIMEOUT_MS, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const tls = tlsFilesOf(options);
  const http = {
    // Node would answer a request without one by itself, and not with a problem; see `followRequests`.
    requireHostHeader: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headersTimeoutMs,
    // Slow senders are looked for this often.
    connectionsCheckingInterval: Math.min(5_000, headersTimeoutMs),
  };
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: 'idle',
    // Without it a slow sender holds a connection for ever.
    requestTimeout: requestTimeoutMs,
    ...(tls === undefined
      ? { http }
      : {
          https: {
            ...http,
            ...readTls(tls),
            requestCert: tls.clientCaFile !== undefined,
            rejectUnauthorized: tls.clientCaFile !== undefined,
          },
        }),
    ...(trustedProxies.length > 0 ? { trustProxy: [...trustedProxies] } : {}),
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      identify(request, reply);
      sendProblem(appErrorOf(error), request, reply);
    },
    clientErrorHandler: (error, socket) => refuse(error.code, socket),
  });
  adapter.useBodyParser('application/json', false, { bodyLimit: bodyLimitBytes }, (request, body, done) => {
    try {
      if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
        throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'The body must not be compressed');
      done(null, parseJsonBody(body));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
  // Nest would add a parser for forms; this one takes its place and refuses.
  adapter.useBodyParser('application/x-www-form-urlencoded', false, { bodyLimit: bodyLimitBytes }, (_request, _body, done) =>
    done(new AppError('UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON (content-type: application/json)')),
  );
  const server = adapter.getInstance();
  server.removeContentTypeParser('text/plain');
  limitConnections(server.server, options.maxConnections);
  return adapter;
}

function limitConnections(server: Server, maxConnections: number | undefined): void {
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  // Node would leave out those beyond 2,000 without a word; how many bytes they may have is limited anyway.
  server.maxHeadersCount = 0;
}

const reasons: Record<string, readonly [status: string, detail: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The header fields are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time'],
};

/** For what is not HTTP enough to become a request. */
function refuse(code: string, socket: Socket): void {
  if (!socket.writable || socket.destroyed || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, detail] = reasons[code] ?? ['400 Bad Request', 'This is not a well-formed HTTP request'];
  const problem = { ...problemOf(new AppError('BAD_REQUEST', detail), newTraceparent().slice(3, 35)), status: Number(status.slice(0, 3)) };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\nconnection: close\r\n\r\n${body}`);
}
