import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Enrolled } from '@klevr/contracts/agent';
import { agentKeysOf, createAgentKeys, type AgentKeys } from '@klevr/messaging/auth/agent-keys';
import { z } from 'zod';
import { writeAtomically } from './atomic-file.js';

/**
 * Who this agent is, kept on disk.
 * Promises: readable by the agent's user alone; each change is on disk, whole, before it is used. The seed was made here and is nowhere else.
 */
/** Without a JWT it waits for approval. Where it enrolled is where it asks for credentials when NATS does not let it in. */
const Stored = Enrolled.extend({
  seed: z.string().startsWith('SU'),
  serverUrl: z.string().optional(),
  joinTokenDigest: z.string().optional(),
});
export type StoredIdentity = z.output<typeof Stored>;

/** The seed is on disk before it is enrolled with, so that an enrolment whose answer was lost is repeated with the same key. */
export const keysToEnrolWith = async (folder: string): Promise<AgentKeys> => {
  const path = join(folder, 'seed');
  const kept = await readText(path);
  if (kept !== undefined) return agentKeysOf(kept.trim());
  const keys = createAgentKeys();
  await writeAtomically(path, `${keys.seed}\n`);
  return keys;
};

const readText = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

const fileOf = (folder: string): string => join(folder, 'identity.json');

export const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
};

/** Throws where there is a file that cannot be understood: a second identity in its place would leave the first one's work behind. */
export const readIdentity = async (folder: string): Promise<Identity | undefined> => {
  const text = await readText(fileOf(folder));
  return text === undefined ? undefined : new Identity(folder, Stored.parse(JSON.parse(text)));
};

export type IdentityChanges = Partial<
  Pick<StoredIdentity, 'userJwt' | 'userJwtExpiresAt' | 'natsUrls' | 'settings' | 'zoneName' | 'taskKeys'>
>;

export class Identity {
  readonly keys: AgentKeys;
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private stored: StoredIdentity,
  ) {
    this.keys = agentKeysOf(stored.seed);
  }

  get current(): StoredIdentity {
    return this.stored;
  }

  /** Text of a credentials file for the JWT that is valid now. */
  credentials(): string {
    return this.keys.credsFor(this.userJwt);
  }

  /** Throws while the agent waits for approval. */
  get userJwt(): string {
    if (this.stored.userJwt === null) throw new Error('this agent has no credentials yet');
    return this.stored.userJwt;
  }

  /** Writes follow each other; each writes what is current when it begins. */
  save(): Promise<void> {
    const write = (): Promise<void> => writeAtomically(fileOf(this.folder), `${JSON.stringify(this.stored, undefined, 2)}\n`);
    this.saving = this.saving.then(write, write);
    return this.saving;
  }

  async change(changes: IdentityChanges): Promise<void> {
    const changed = { ...this.stored, ...changes };
    if (isDeepStrictEqual(changed, this.stored)) return;
    this.stored = changed;
    await this.save();
  }
}
