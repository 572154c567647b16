import { createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/**
 * The keys that wrap the keys of secrets at rest: one or more `id:base64` of 32 bytes each, a line each (or separated by spaces). The first is the current
 * one; the others open what they have wrapped before. Promises: every fault is told by its line, and none tells a key; printed, they show nothing of themselves.
 */
export interface MasterKeys {
  readonly currentId: string;
  readonly byId: ReadonlyMap<string, KeyObject>;
}

const keyBytes = 32;
const entry = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/;

export const masterKeysText = z.string().transform((text, context): MasterKeys => {
  const byId = new Map<string, KeyObject>();
  const fault = (message: string): void => context.addIssue({ code: 'custom', message });
  const entries = text.split(/\s+/).filter((part) => part !== '');
  entries.forEach((part, index) => {
    const where = `key ${index + 1} of ${entries.length}`;
    const [, id, encoded] = entry.exec(part) ?? [];
    if (id === undefined || encoded === undefined) {
      return fault(`${where} is not written as id:key, with an id of letters, digits, - and _ and the base64 of ${keyBytes} bytes`);
    }
    if (byId.has(id)) return fault(`${where} has the id ${id}, which another one has already`);
    byId.set(id, createSecretKey(Buffer.from(encoded, 'base64')));
  });
  const [currentId] = byId.keys();
  if (entries.length === 0) fault('holds no key');
  return currentId === undefined ? z.NEVER : { currentId, byId };
});
