import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseTaskKeys, publicPartOf, rotateTaskKeys, serializeTaskKeys, type TaskKeyFile } from './task-key-file.js';

const jwk = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'first', alg: 'EdDSA', use: 'sig' };
const first = parseTaskKeys(JSON.stringify(jwk));
const when = { nowMs: 1_000_000, leadMs: 60_000, overlapMs: 3_600_000 };
const kids = ({ keys }: TaskKeyFile): string[] => keys.map(({ kid }) => kid);
const partsOf = (
  jws: string,
): { header: { kid: string; typ: string }; payload: { key: { kid: string } }; text: string; signature: Buffer } => {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const read = (part: string): never => JSON.parse(Buffer.from(part, 'base64url').toString()) as never;
  return { header: read(header), payload: read(payload), text: `${header}.${payload}`, signature: Buffer.from(signature, 'base64url') };
};

describe('the file of the keys that sign tasks', () => {
  it('is a private JWK, or what a rotation writes', () => {
    expect(first).toMatchObject({ generation: 0, keys: [{ kid: 'first', signsFromMs: 0, verifiesUntilMs: null }], chain: [] });
    const rotated = rotateTaskKeys(first, when);
    expect(parseTaskKeys(serializeTaskKeys(rotated))).toEqual(rotated);
    expect(parseTaskKeys(JSON.stringify({ ...jwk, generation: 7 }))).toEqual({ ...first, generation: 7 });
  });

  it('can be read however often it was rotated at once', () => {
    let file = first;
    for (let times = 0; times < 60; times += 1) file = rotateTaskKeys(file, when);
    expect(parseTaskKeys(serializeTaskKeys(file))).toEqual(file);
  });

  it.each(['', '{}', '[]', '{"kty":"OKP","d":"SECRET"}', '{"generation":1,"keys":[{"d":"SECRET"}]}', '{"generation":1,"keys":[]}'])(
    'is refused where it is neither, and nothing of it is shown: %s',
    (text) => {
      expect(() => parseTaskKeys(text)).toThrow(/the keys that sign tasks/);
      expect(() => parseTaskKeys(text)).not.toThrow(/SECRET/);
    },
  );

  it('gets a new key that signs after a while, beside the old one, which verifies for the overlap from then on', () => {
    const rotated = rotateTaskKeys(first, when);
    expect(rotated.generation).toBeGreaterThan(first.generation);
    expect(rotated.keys).toMatchObject([
      { signsFromMs: 1_060_000, verifiesUntilMs: null },
      { kid: 'first', signsFromMs: 0, verifiesUntilMs: 4_660_000 },
    ]);
    const [made] = rotated.keys;
    const twice = rotateTaskKeys(rotated, { ...when, nowMs: 2_000_000 });
    expect(kids(twice).slice(1)).toEqual(kids(rotated));
    expect(twice.keys.map(({ verifiesUntilMs }) => verifiesUntilMs)).toEqual([null, 5_660_000, 4_660_000]);
    const late = rotateTaskKeys(twice, { ...when, nowMs: 5_000_000 });
    expect(kids(late)).not.toContain('first');
    expect(kids(late)).toContain(made?.kid);
  });

  it('keeps a chain from the first key to the newest, each signed by the one before', () => {
    const twice = rotateTaskKeys(rotateTaskKeys(first, when), { ...when, nowMs: 2_000_000 });
    let signer = first.keys[0];
    for (const endorsement of twice.chain) {
      const { header, payload, text, signature } = partsOf(endorsement);
      expect(header).toMatchObject({ kid: signer?.kid, typ: 'klevr-key' });
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: signer?.x ?? '' }, format: 'jwk' });
      expect(verify(null, Buffer.from(text), key, signature)).toBe(true);
      expect(JSON.stringify(payload)).not.toContain('"d"');
      signer = twice.keys.find(({ kid }) => kid === payload.key.kid);
    }
    expect(twice.chain).toHaveLength(2);
    expect(signer).toBe(twice.keys[0]);
  });

  it('has the new key alone, signing at once, where the old ones are revoked; also twice within a millisecond', () => {
    const rotated = rotateTaskKeys(rotateTaskKeys(first, when), { ...when, revokeOld: true });
    expect(rotated.keys).toMatchObject([{ signsFromMs: 1_000_000, verifiesUntilMs: null }]);
    expect(rotated.chain).toHaveLength(2);
    expect(rotateTaskKeys(rotated, when).generation).toBe(rotated.generation + 1);
  });

  it('tells others no private half', () => {
    const [key] = first.keys;
    expect(key === undefined ? undefined : publicPartOf(key)).not.toHaveProperty('d');
  });
});
