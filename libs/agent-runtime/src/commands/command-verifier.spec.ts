import { beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { commandVerifier, type CommandVerifier } from './command-verifier.js';
import { SigningKey } from './signing.fixture.js';

const command = {
  verb: 'cancel',
  agentId: newId('agent'),
  zoneId: newId('zone'),
  session: newId('session'),
  runId: newId('run'),
  attempt: 1,
  epoch: 3,
  issuedAtMs: 1,
  notAfterMs: 2,
  reason: 'why not',
};

describe('the signature of a command', () => {
  let verify: CommandVerifier;
  let ours: SigningKey;
  let strange: SigningKey;
  const sign = (content: object, header: object = {}): Promise<string> => ours.sign(content, header);

  beforeAll(async () => {
    [ours, strange] = await Promise.all([SigningKey.make(), SigningKey.make()]);
    verify = commandVerifier({ keys: [ours.publicJwk] });
  });

  it('is good where the task-manager signed it', async () => {
    expect(await verify(await sign(command))).toEqual(command);
  });

  it('is bad in every altered byte', async () => {
    const jws = await sign(command);
    for (let at = 0; at < jws.length; at += 7) {
      const altered = jws.slice(0, at) + (jws[at] === 'A' ? 'Q' : 'A') + jws.slice(at + 1);
      await expect(verify(altered)).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    }
  });

  it.each<[string, () => Promise<string> | string]>([
    ['of a strange key', () => strange.sign(command)],
    ['of a key id that nobody has', () => sign(command, { kid: 'other' })],
    ['on something else of the task-manager', () => sign(command, { typ: 'JWT' })],
    ['on content that is no command', () => sign({ ...command, attempt: 'one' })],
    ['missing', () => Promise.resolve(unsigned())],
    ['of no algorithm', () => Promise.resolve(unsigned('none'))],
    ['in another format', () => 'not.a.jws'],
    ['empty', () => ''],
  ])('is bad: %s', async (_, make) => {
    await expect(verify(await make())).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
  });
});

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (alg = 'EdDSA'): string => `${part({ alg, typ: 'klevr-command', kid: 'k1' })}.${part(command)}.`;
