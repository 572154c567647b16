import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from './atomic-file.js';
import type { StoredIdentity } from './identity.js';
import { sealingKeyFile } from './sealing-key.js';

/**
 * The end of an identity: the centre has removed this agent.
 * Promises: from the moment that `removed.json` is there the identity is never used again, whatever crashes; key and credentials are deleted; journal, spools and
 * run folders are set aside in a folder of their own, so nothing that they hold is lost and the next identity begins with none of it. Does not: tell
 * anybody; the centre knows.
 */
const Removed = z.object({
  agentId: z.string(),
  zoneId: z.string(),
  zoneName: z.string(),
  at: z.string(),
  reason: z.string(),
  /** Of the join token that the removed agent came with: the same one does not bring it back. */
  joinTokenDigest: z.string().optional(),
});
export type Removed = z.infer<typeof Removed>;

/** Spools have further parts, told apart by a number. */
const keptAside = /^(journal|logs|refused-facts|runs)(\.\d+)?$/;
const deleted = ['identity.json', 'seed', sealingKeyFile, 'leases'];
const fileOf = (folder: string): string => join(folder, 'removed.json');

export const digestOf = (joinToken: string): string => createHash('sha256').update(joinToken).digest('hex');

export const readRemoved = async (folder: string): Promise<Removed | undefined> => {
  const text = await readFile(fileOf(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : Removed.parse(JSON.parse(text));
};

export const removeIdentity = async (
  folder: string,
  { agentId, zoneId, zoneName, joinTokenDigest }: Pick<StoredIdentity, 'agentId' | 'zoneId' | 'zoneName' | 'joinTokenDigest'>,
  { reason, atMs }: { readonly reason: string; readonly atMs: number },
): Promise<void> => {
  const removed: Removed = {
    ...{ agentId, zoneId, zoneName, at: new Date(atMs).toISOString(), reason },
    ...(joinTokenDigest === undefined ? {} : { joinTokenDigest }),
  };
  await writeAtomically(fileOf(folder), `${JSON.stringify(removed, undefined, 2)}\n`);
  await finishRemoval(folder, removed);
};

/** Also for a removal that a crash cut short. */
export const finishRemoval = async (folder: string, { agentId }: Pick<Removed, 'agentId'>): Promise<void> => {
  const aside = join(folder, `removed-${agentId}`);
  await mkdir(aside, { recursive: true, mode: 0o700 });
  for (const name of (await readdir(folder)).filter((one) => keptAside.test(one))) {
    await rename(join(folder, name), join(aside, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  for (const name of deleted) await rm(join(folder, name), { recursive: true, force: true });
};

/** There is a new identity: the old one's end is history. */
export const forgetRemoval = (folder: string): Promise<void> => rm(fileOf(folder), { force: true });
