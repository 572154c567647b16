import { randomBytes } from 'node:crypto';

/** The secret that a callback is signed with, in the form of Standard Webhooks. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
