import { createHash } from 'node:crypto';
import type { RunCommand, SignedCommand } from '@klevr/contracts/command';
import type { Verdict } from '@klevr/contracts/presence';
import { verdictsText, type HelloStatement, type SignedHello, type SignedTaskKeys } from '@klevr/contracts/task-keys';
import { newId } from '@klevr/contracts/ids';
import { CompactSign, exportJWK, generateKeyPair, type CryptoKey } from 'jose';

/** A task-manager's key: signs as the real one does. */
export class SigningKey {
  private constructor(
    readonly publicJwk: Record<string, unknown>,
    private readonly privateKey: CryptoKey,
  ) {}

  static async make(kid = 'k1'): Promise<SigningKey> {
    const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    return new SigningKey({ ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' }, privateKey);
  }

  get kid(): string {
    return String(this.publicJwk['kid']);
  }

  /** For the key that comes after this one. */
  endorse(next: SigningKey): Promise<string> {
    return this.sign({ key: next.publicJwk }, { typ: 'klevr-key' });
  }

  async keys(generation: number, keys: readonly SigningKey[] = [this], chain: string[] = []): Promise<SignedTaskKeys> {
    return { statement: await this.sign({ generation, keys: keys.map(({ publicJwk }) => publicJwk) }, { typ: 'klevr-keys' }), chain };
  }

  async hello(
    hello: Omit<HelloStatement, 'verdictsDigest' | 'issuedAtMs'>,
    verdicts: readonly Verdict[],
    keys: SignedTaskKeys,
  ): Promise<SignedHello> {
    const verdictsDigest = createHash('sha256').update(verdictsText(verdicts)).digest('hex');
    return { answer: await this.sign({ ...hello, issuedAtMs: Date.now(), verdictsDigest }, { typ: 'klevr-hello' }), keys };
  }

  sign(content: SignedCommand | object, header: object = {}): Promise<string> {
    return new CompactSign(new TextEncoder().encode(JSON.stringify(content)))
      .setProtectedHeader({ alg: 'EdDSA', typ: 'klevr-command', kid: this.kid, ...header })
      .sign(this.privateKey);
  }
}

/** A command to do nothing, valid for half a minute from `nowMs` on. */
export const runCommandOf = (
  ids: Pick<RunCommand, 'agentId' | 'zoneId' | 'session'>,
  changes: Partial<RunCommand> = {},
  nowMs = Date.now(),
): RunCommand => ({
  verb: 'run',
  ...ids,
  runId: newId('run'),
  attempt: 1,
  epoch: 100_000,
  issuedAtMs: nowMs,
  notAfterMs: nowMs + 30_000,
  taskId: newId('task'),
  taskName: 'test',
  steps: [{ name: 'nothing', use: 'Noop', with: {}, retries: 0 }],
  recovery: [],
  parameters: {},
  timeoutSeconds: 60,
  deadlineMs: null,
  ...changes,
});
