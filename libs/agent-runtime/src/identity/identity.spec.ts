import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { Identity, keysToEnrolWith, makeFolder, readIdentity } from './identity.js';

const enrolled = {
  agentId: newId('agent'),
  zoneId: newId('zone'),
  zoneName: 'z',
  natsUrls: ['nats://127.0.0.1:4222'],
  userJwt: 'a.b.c',
  userJwtExpiresAt: '2026-01-01T00:00:00.000Z',
  taskKeys: { keys: [{ kty: 'OKP' }] },
  settings: { heartbeatSeconds: 10 },
};

describe('the identity of an agent', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'klevr-identity-')), 'agent');
    await makeFolder(folder);
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));

  it('is read back as it was kept, by its owner alone', async () => {
    expect(await readIdentity(folder)).toBeUndefined();
    const keys = await keysToEnrolWith(folder);
    await new Identity(folder, { ...enrolled, seed: keys.seed }).save();
    const kept = await readIdentity(folder);
    expect(kept?.current).toEqual({ ...enrolled, seed: keys.seed });
    expect(kept?.credentials()).toContain(keys.seed);
    const modes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).mode & 0o777));
    expect([(await stat(folder)).mode & 0o777, ...modes]).toEqual([0o700, 0o600, 0o600]);
  });

  it('enrols with the same key again where the answer to the first time was lost', async () => {
    const first = await keysToEnrolWith(folder);
    expect((await keysToEnrolWith(folder)).publicKey).toBe(first.publicKey);
  });

  it('has the last of many changes on disk', async () => {
    const identity = new Identity(folder, { ...enrolled, seed: (await keysToEnrolWith(folder)).seed });
    await Promise.all([1, 2, 3].map((heartbeatSeconds) => identity.change({ settings: { heartbeatSeconds } })));
    expect((await readIdentity(folder))?.current.settings).toEqual({ heartbeatSeconds: 3 });
  });

  it('that cannot be understood is not replaced by another', async () => {
    await writeFile(join(folder, 'identity.json'), '{"agentId": 1}');
    await expect(readIdentity(folder)).rejects.toThrow('agentId');
  });
});
