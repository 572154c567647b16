/**
 * Why a TLS connection did not come about, as one sentence that names the cure.
 *
 * Promises: to know Node's codes for certificates that are not trusted, not for this host, or not valid now, and for a side that does not speak
 * TLS, wherever they stand in the chain of causes. Does not promise: to know every fault; undefined is for what has nothing to do with TLS.
 */
export interface TlsSettings {
  /** The variable with the server's address. */
  readonly address: string;
  /** The variable with the authority's certificate. */
  readonly caFile: string;
  /** How an address without TLS begins. */
  readonly plain: string;
  readonly secure: string;
}

const untrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
]);
const timed = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const plainThere = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'EPROTO', 'HANDSHAKE_NO_SSL_SUPPORT']);
const wantsCertificate = new Set([
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
]);

export function tlsCureOf(error: unknown, { address, caFile, plain, secure }: TlsSettings): string | undefined {
  const faults = chainOf(error);
  const hasCode = (codes: ReadonlySet<string>): boolean => faults.some(({ code }) => codes.has(code));
  const saysOf = (words: RegExp): boolean => faults.some(({ message }) => words.test(message));
  if (hasCode(untrusted))
    return `its certificate is of an authority that is not trusted here: name that authority's certificate in ${caFile}`;
  if (hasCode(new Set(['ERR_TLS_CERT_ALTNAME_INVALID'])))
    return `its certificate is for another host: use a name that stands in it in ${address}, or give the server a certificate with this name`;
  if (hasCode(timed)) return 'its certificate is not valid at this time: renew it, or set the clock right';
  if (hasCode(wantsCertificate)) return 'it wants a certificate of this side: name one that its authority has signed, and its key';
  if (
    hasCode(plainThere) ||
    saysOf(/before secure TLS connection was established|does not support 'tls'|tls.*not available on this server/i)
  )
    return `it does not speak TLS: turn TLS on there, or use ${plain} in ${address}`;
  if (saysOf(/secure connection.*required|insecure transport/i)) return `it speaks TLS only: use ${secure} in ${address}`;
  return undefined;
}

function chainOf(error: unknown, depth = 0): { code: string; message: string }[] {
  if (!(error instanceof Error) || depth > 5) return [];
  const inside = error instanceof AggregateError ? error.errors.flatMap((one: unknown) => chainOf(one, depth + 1)) : [];
  const code = 'code' in error ? String(error.code) : '';
  return [{ code, message: error.message }, ...inside, ...chainOf(error.cause, depth + 1)];
}
