import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sealer } from '@klevr/messaging/auth/sealed-box';
import { removeIdentity } from './removal.js';
import { SealingKey, sealingKeyFile } from './sealing-key.js';

describe("an agent's sealing key", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'klevr-sealing-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const sealedTo = (key: SealingKey): string => new Sealer().seal(Buffer.from('secret'), key.publicKey).toString('base64');

  it('is made at the first start, for its user alone, and is the same at the next', async () => {
    const made = await SealingKey.keptIn(folder);
    expect((await stat(join(folder, sealingKeyFile))).mode & 0o777).toBe(0o600);
    const sealed = sealedTo(made);
    const again = await SealingKey.keptIn(folder);
    expect(again.publicKey).toBe(made.publicKey);
    expect(again.open(sealed).toString()).toBe('secret');
  });

  it('opens nothing that was sealed to another agent, or is no box', async () => {
    const key = await SealingKey.keptIn(folder);
    await rm(join(folder, sealingKeyFile));
    const other = await SealingKey.keptIn(folder);
    expect(() => other.open(sealedTo(key))).toThrow('not sealed to the key of this agent');
    expect(() => other.open('')).toThrow('not sealed to the key of this agent');
  });

  it('is made anew where its file is damaged', async () => {
    const before = await SealingKey.keptIn(folder);
    await writeFile(join(folder, sealingKeyFile), 'nonsense\n');
    const after = await SealingKey.keptIn(folder);
    expect(after.publicKey).not.toBe(before.publicKey);
    expect((await SealingKey.keptIn(folder)).publicKey).toBe(after.publicKey);
  });

  it('ends with the identity', async () => {
    await SealingKey.keptIn(folder);
    await removeIdentity(folder, { agentId: 'agt_1', zoneId: 'zone_1', zoneName: 'z' }, { reason: 'removed', atMs: 0 });
    await expect(readFile(join(folder, sealingKeyFile))).rejects.toThrow('ENOENT');
  });
});
