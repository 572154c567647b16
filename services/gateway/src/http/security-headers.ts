import type { OutgoingHttpHeaders } from 'node:http';
import helmet from 'helmet';

const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    // Swagger UI sets styles and shows its icons by itself.
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/**
 * What helmet would set on every answer. It is the same each time, and helmet would work it out anew for each, so it is asked once.
 * Nothing is kept by browsers and proxies, unless a route says that it may.
 */
export function securityHeaders(): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { 'cache-control': 'no-store' };
  const answer = {
    setHeader: (name: string, value: string) => (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  let error: unknown = 'did not finish';
  helmet({ contentSecurityPolicy })({} as never, answer as never, (reason) => (error = reason));
  if (error !== undefined) throw new Error('the security headers cannot be told', { cause: error });
  return headers;
}
