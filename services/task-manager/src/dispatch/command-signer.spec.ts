import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { parseTaskKeys, rotateTaskKeys, serializeTaskKeys } from '@klevr/platform/task-key-file';
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, generateKeyPair, exportJWK, type JSONWebKeySet } from 'jose';
import { CommandSigner } from './command-signer.js';

const ids = { agentId: newId('agent'), zoneId: newId('zone'), session: newId('session') };
const commandAt = (issuedAtMs: number) => ({
  ...{ verb: 'cancel' as const, ...ids, runId: newId('run'), attempt: 1, epoch: 1, issuedAtMs, notAfterMs: issuedAtMs + 1, reason: '' },
});
const when = { nowMs: 1_000_000, leadMs: 60_000, overlapMs: 3_600_000 };

describe('what the task-manager signs', () => {
  const made = async () => {
    const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    const text = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'old' });
    const rotated = rotateTaskKeys(parseTaskKeys(text), when);
    return { signer: await CommandSigner.of(text), text, rotated, kid: rotated.keys[0]?.kid };
  };
  const kidOf = async (jws: Promise<string>): Promise<string | undefined> => decodeProtectedHeader(await jws).kid;

  it('is signed by the new key from its time on and by the old one until then', async () => {
    const { signer, rotated, kid } = await made();
    expect(await signer.use(serializeTaskKeys(rotated))).toBe(true);
    expect(await kidOf(signer.sign(commandAt(1_059_999)))).toBe('old');
    expect(await kidOf(signer.sign(commandAt(1_060_000)))).toBe(kid);
    const hello = { ...ids, challenge: 'c', issuedAtMs: 1_060_000, epoch: 0 };
    expect(await kidOf(signer.signHello(hello, []).then(({ answer }) => answer))).toBe(kid);
  });

  it('can be verified with what it tells of its keys, which has no private half in it', async () => {
    const { signer, rotated } = await made();
    await signer.use(serializeTaskKeys(rotated));
    const { keys } = signer.publicKeys;
    const jwks = createLocalJWKSet({ keys } as unknown as JSONWebKeySet);
    const { statement, chain } = signer.toldKeys;
    for (const jws of [await signer.sign(commandAt(0)), await signer.sign(commandAt(2_000_000)), statement, ...chain]) {
      await expect(compactVerify(jws, jwks)).resolves.toBeDefined();
    }
    expect(keys).toHaveLength(2);
    for (const { d } of rotated.keys) expect(JSON.stringify([keys, statement, chain])).not.toContain(d);
  });

  it('keeps its keys where others are older, the same, or none', async () => {
    const { signer, rotated, text, kid } = await made();
    await signer.use(serializeTaskKeys(rotated));
    expect([await signer.use(text), await signer.use(serializeTaskKeys(rotated))]).toEqual([false, false]);
    await expect(signer.use('{}')).rejects.toThrow('the keys that sign tasks');
    expect(await kidOf(signer.sign(commandAt(1_060_000)))).toBe(kid);
  });
});
