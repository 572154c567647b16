import { createHmac, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '../eventually.js';
import { CommandForge } from './command-forge.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';
import { Witness } from './witness.fixture.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (text: string): object => JSON.parse(Buffer.from(text, 'base64url').toString()) as object;

/** By somebody who may publish all that a task-manager may; only the signature stands between them and the host. */
describe('a command to an agent', () => {
  let open: SystemBed;
  let forge: CommandForge;
  let witness: Witness;
  let agentId: string;
  let neighbourId: string;
  let epoch: number;

  beforeAll(async () => {
    open = await openSystemBed({ agents: 2 });
    const { bed, system } = open;
    forge = await CommandForge.open(await bed.serviceBus('task-manager'), system);
    [agentId = '', neighbourId = ''] = (await system.api.agents(system.zone)).map(({ id }) => id);
  }, 90_000);
  afterAll(() => open.close(), 90_000);
  beforeEach(async () => {
    witness = new Witness(join(open.bed.folder, newId('message')));
    epoch = (await open.system.api.primary(open.system.zone))?.epoch ?? 0;
  });

  const honest = (line = 'forged') => forge.claims(agentId, epoch, witness.script(line));
  const signed = (line?: string) => forge.run(honest(line));
  const parts = async (): Promise<[string, string, string]> => (await signed()).split('.') as [string, string, string];

  /** Sends it, then an honest one: what the first had effected would stand before the second's line. */
  const effectOf = async (
    jws: string,
    verb: 'run' | 'cancel' = 'run',
  ): Promise<{ outcome: string; code?: string | undefined; lines: string[] }> => {
    const { outcome, code } = await forge.toAgent(agentId, verb, jws);
    const line = newId('message');
    expect(await forge.toAgent(agentId, 'run', await signed(line))).toEqual({ outcome: 'accepted' });
    const lines = await eventually('the honest command', 10_000, async () => {
      const seen = await witness.lines();
      return seen.includes(line) ? seen : undefined;
    });
    return { outcome, code, lines: lines.filter((one) => one === 'forged') };
  };
  const refused = (code: string) => ({ outcome: 'refused', code, lines: [] });

  it('is refused without a signature', async () => {
    const [header, payload] = await parts();
    expect(await effectOf(`${header}.${payload}.`)).toEqual(refused('BAD_SIGNATURE'));
  });

  it('is refused where it says that it needs none', async () => {
    const [, payload] = await parts();
    expect(await effectOf(`${encode({ alg: 'none', typ: 'klevr-command' })}.${payload}.`)).toEqual(refused('BAD_SIGNATURE'));
  });

  it('is refused where its content was altered', async () => {
    const [header, payload, signature] = await parts();
    const altered = encode({ ...decode(payload), steps: [{ name: 'only', run: witness.script('forged'), env: {}, retries: 1 }] });
    expect(await effectOf(`${header}.${altered}.${signature}`)).toEqual(refused('BAD_SIGNATURE'));
  });

  it('is refused where its header was altered', async () => {
    const [header, payload, signature] = await parts();
    expect(await effectOf(`${encode({ ...decode(header), note: 'x' })}.${payload}.${signature}`)).toEqual(refused('BAD_SIGNATURE'));
  });

  it('is refused with the signature of another key, whatever that key is called', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(await effectOf(await forge.run(honest(), privateKey))).toEqual(refused('BAD_SIGNATURE'));
  });

  it('is refused with the public key used as a shared secret', async () => {
    const [header, payload] = await parts();
    const { kid } = decode(header) as { kid: string };
    const { keys } = await forge.publicKeys();
    const head = encode({ alg: 'HS256', typ: 'klevr-command', kid });
    const signature = createHmac('sha256', Buffer.from(String(keys[0]?.x), 'base64url'))
      .update(`${head}.${payload}`)
      .digest('base64url');
    expect(await effectOf(`${head}.${payload}.${signature}`)).toEqual(refused('BAD_SIGNATURE'));
  });

  it('is refused where something else of the task-manager was signed', async () => {
    const claims = honest();
    expect(await effectOf(await forge.run(claims, undefined, { typ: 'JWT' }))).toEqual(refused('BAD_SIGNATURE'));
  });

  it('is refused as another verb than it was signed for', async () => {
    expect(await effectOf(await signed(), 'cancel')).toEqual(refused('BAD_SIGNATURE'));
  });

  it("is refused where it is a neighbour's", async () => {
    const jws = await forge.run(forge.claims(neighbourId, epoch, witness.script('forged')));
    expect(await effectOf(jws)).toEqual(refused('WRONG_AGENT'));
  });

  it.each([
    ['for another zone', 'WRONG_AGENT', () => ({ zoneId: newId('zone') })],
    ['for another session', 'WRONG_SESSION', () => ({ session: newId('session') })],
    ['of an epoch that is over', 'STALE_EPOCH', () => ({ epoch: epoch - 1 })],
    ['after its time', 'EXPIRED', () => ({ notAfterMs: Date.now() - 60_000 })],
  ])('is refused %s', async (_case, code, changes) => {
    const jws = await forge.run({ ...honest(), ...changes() });
    expect(await effectOf(jws)).toEqual(refused(code));
  });

  it('has effect once, however often it is replayed', async () => {
    const jws = await signed('replayed');
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => forge.toAgent(agentId, 'run', jws)));
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'duplicate', 'duplicate', 'duplicate', 'duplicate']);
    await eventually('its line', 10_000, async () => ((await witness.lines()).includes('replayed') ? true : undefined));
    expect((await forge.toAgent(agentId, 'run', jws)).outcome).toBe('duplicate');
    await effectOf(await signed());
    expect((await witness.lines()).filter((line) => line === 'replayed')).toHaveLength(1);
  });
});
