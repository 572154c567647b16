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
  'KLEVR_TLS_SILENCE',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
]);

export function tlsCureOf(error: unknown, { address, caFile, plain, secure }: TlsSettings): string | undefined {
  const faults = chainOf(error);
  const hasCode = (codes: ReadonlySet<string>): boolean => faults.some(({ code }) => codes.has(code));
  const saysOf = (words: RegExp): boolean => faults.some(({ message }) => words.test(message));
  // mysql2 puts a code of its own in the place of Node's.
  if (hasCode(untrusted) || saysOf(/unable to (?:verify the first|get (?:local )?issuer) certificate|self[- ]signed certificate/))
    return `its certificate is of an authority that is not trusted here: name that authority's certificate in ${caFile}`;
  if (saysOf(/does not match certificate's altnames/))
    return `its certificate is for another host: use a name that stands in it in ${address}, or give the server a certificate with this name`;
  if (hasCode(timed) || saysOf(/certificate (?:has expired|is not yet valid)/))
    return 'its certificate is not valid at this time: renew it, or set the clock right';
  if (hasCode(wantsCertificate)) return 'it seems to want a certificate of this side: name one that its authority has signed, and its key';
  if (
    hasCode(plainThere) ||
    saysOf(/before secure TLS connection was established|does not support 'tls'|tls.*not available on this server/i)
  )
    return `it does not speak TLS: turn TLS on there, or use ${plain} in ${address}`;
  if (saysOf(/insecure transport/i)) return `it speaks TLS only: use ${secure} in ${address}`;
  return undefined;
}

interface Link {
  readonly code: string;
  readonly message: string;
}

/** The error and what it wraps: TypeORM keeps the driver's error in `driverError`, Node those of several attempts in `errors`. */
function chainOf(error: unknown, depth = 0): Link[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const code = 'code' in error ? String(error.code) : '';
  const message = 'message' in error ? String(error.message) : '';
  const inside = ['cause', 'driverError', 'errors'].flatMap((name) => (error as Record<string, unknown>)[name]);
  return [{ code, message }, ...inside.flatMap((one) => chainOf(one, depth + 1))];
}
