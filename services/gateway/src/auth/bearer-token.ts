import { hash, randomBytes } from 'node:crypto';

/** 256 random bits after a prefix that scanners for leaked secrets can know; only their hash is stored, so a copy of the database lets nobody in. */
const kinds = { session: 'klevr_s_', apiToken: 'klevr_t_', invitation: 'klevr_i_' } as const;
export type TokenKind = keyof typeof kinds;

const random = /^[A-Za-z0-9_-]{43}$/;

export const newToken = (kind: TokenKind): string => kinds[kind] + randomBytes(32).toString('base64url');

export const isToken = (kind: TokenKind, text: string): boolean =>
  text.startsWith(kinds[kind]) && random.test(text.slice(kinds[kind].length));

/** No salt and no slow hash: what is hashed has 256 bits already, and it is looked up by its hash. */
export const hashOfToken = (token: string): string => hash('sha256', token);
