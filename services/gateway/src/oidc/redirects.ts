/**
 * Where the provider may send people back to.
 *
 * Promises: only what is configured, letter by letter, and loopback addresses of programs (RFC 8252): http, 127.0.0.1 or [::1], any port, a plain
 * path. `localhost` is a name that something else may answer for, so it is none. What a browser would read in another way than it is written is refused.
 */
export const isLoopback = (hostname: string): boolean => hostname === '127.0.0.1' || hostname === '[::1]';

const loopbackUri = /^http:\/\/(127\.0\.0\.1|\[::1\]):[1-9]\d{0,4}(\/[A-Za-z0-9._~/-]*)?$/;

export function isAllowedRedirect(uri: string, configured: readonly string[]): boolean {
  if (configured.includes(uri)) return true;
  if (!loopbackUri.test(uri) || !URL.canParse(uri)) return false;
  const { href, origin } = new URL(uri);
  // http://127.0.0.1:80 is written without its port by browsers; it would not match what the provider was told.
  return href === uri || (uri === origin && href === `${origin}/`);
}
