import { hash, randomBytes } from 'node:crypto';

/** 256 random bits; only their hash is stored, so a copy of the database signs nobody in. */
const pattern = /^klevr_s_[A-Za-z0-9_-]{43}$/;

export const newSessionToken = (): string => `klevr_s_${randomBytes(32).toString('base64url')}`;

export const isSessionToken = (text: string): boolean => pattern.test(text);

/** No salt and no slow hash: what is hashed has 256 bits already, and it is looked up by its hash. */
export const hashOfToken = (token: string): string => hash('sha256', token);
