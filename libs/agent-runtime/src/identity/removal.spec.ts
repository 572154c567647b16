import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { KeptLog } from '../kept-log.fixture.js';
import { NotAdmitted, admit } from './admission.js';
import { Identity, keysToEnrolWith } from './identity.js';
import { digestOf, readRemoved, removeIdentity } from './removal.js';

describe('an agent that was removed', () => {
  let folder: string;
  let identity: Identity;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-removal-'));
    const { seed } = await keysToEnrolWith(folder);
    const who = { agentId: newId('agent'), zoneId: newId('zone'), zoneName: 'z', natsUrls: [], userJwt: 'a.b.c', userJwtExpiresAt: null };
    const rest = { taskKeys: { keys: [] }, settings: { heartbeatSeconds: 1 }, joinTokenDigest: digestOf('old') };
    identity = new Identity(folder, { ...who, ...rest, seed });
    await identity.save();
    await mkdir(join(folder, 'runs/x'), { recursive: true });
    await mkdir(join(folder, 'leases'));
    for (const name of ['journal', 'logs.1', 'logs.12', 'refused-facts.1']) await writeFile(join(folder, name), name);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const remove = (): Promise<void> => removeIdentity(folder, identity.current, { reason: 'why', atMs: 0 });
  const start = (joinToken?: string): Promise<Identity> => {
    const config = { agentDir: folder, serverUrl: undefined, joinToken, scriptEnvironment: {} };
    return admit({ config, clock: new FakeClock(), log: new KeptLog() });
  };

  it('keeps neither key nor credentials, and all that it had to tell', async () => {
    await remove();
    const { agentId } = identity.current;
    expect((await readdir(folder)).sort()).toEqual([`removed-${agentId}`, 'removed.json']);
    expect((await readdir(join(folder, `removed-${agentId}`))).sort()).toEqual(['journal', 'logs.1', 'logs.12', 'refused-facts.1', 'runs']);
    const text = await readFile(join(folder, 'removed.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ agentId, zoneName: 'z', at: '1970-01-01T00:00:00.000Z', reason: 'why' });
    expect(text).not.toContain('old');
  });

  it('does not come back without another join token', async () => {
    await remove();
    await expect(start()).rejects.toThrow(NotAdmitted);
    await expect(start('old')).rejects.toThrow('a new join token is needed');
    // With another one it goes on to enrol, for which it has no address here.
    await expect(start('new')).rejects.toThrow('KLEVR_SERVER_URL and KLEVR_JOIN_TOKEN are needed');
  });

  it('stays removed where a crash left its identity', async () => {
    const text = await readFile(join(folder, 'identity.json'), 'utf8');
    await remove();
    await writeFile(join(folder, 'identity.json'), text);
    await expect(start()).rejects.toThrow('was removed from the zone z');
    expect(await readdir(folder)).not.toContain('identity.json');
  });

  it('that has enrolled anew is another agent, although a crash left the word of the removal', async () => {
    await remove();
    const { seed } = await keysToEnrolWith(folder);
    const other = new Identity(folder, { ...identity.current, agentId: newId('agent'), seed });
    await other.save();
    expect((await start()).current.agentId).toBe(other.current.agentId);
    expect(await readRemoved(folder)).toBeUndefined();
  });
});
