import { type AccountIssuer, type AccountJwt, type Revocation, encodeMainAccountJwt } from './account-jwt.js';

/**
 * Takes users away: the account's JWT is built anew with every revocation there is and pushed to the servers, which cut the users'
 * connections and refuse their JWTs from then on.
 *
 * Promises: a push that returns was stored by a server, which spreads it to the others of its cluster. Pushing the same again is harmless.
 * Does not: keep the list, nor order concurrent pushes: the caller reads all rows and pushes under one lock, and once more at its start.
 * The server stores every JWT that parses and looks at its signer only when it loads it: a push signed by the keys of another installation
 * is answered as done and shuts the account at the next start.
 */
export interface ClaimsRequester {
  /** A request over a connection of the system account's user; rejects when nobody answers in time. */
  request(subject: string, data: Uint8Array): Promise<{ readonly data: Uint8Array }>;
}

export const claimsUpdateSubject = '$SYS.REQ.CLAIMS.UPDATE';

/** The account's JWT that revokes exactly these users; its bytes are the payload of the push. */
export const revocationPayload = async (issuer: AccountIssuer, revocations: readonly Revocation[]): Promise<Uint8Array> => {
  const account: AccountJwt = await encodeMainAccountJwt(issuer, revocations);
  return new TextEncoder().encode(account.jwt);
};

export const pushRevocations = async (
  requester: ClaimsRequester,
  issuer: AccountIssuer,
  revocations: readonly Revocation[],
): Promise<void> => {
  const answer = await requester.request(claimsUpdateSubject, await revocationPayload(issuer, revocations));
  const text = new TextDecoder().decode(answer.data);
  const code = codeOf(text);
  if (code !== 200) throw new Error(`the NATS server refused the account update: ${text.slice(0, 300)}`);
};

const codeOf = (text: string): unknown => {
  try {
    const parsed = JSON.parse(text) as { data?: { code?: unknown } };
    return parsed.data?.code;
  } catch {
    return undefined;
  }
};
