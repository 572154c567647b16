import type { RunCommand, SignedCommand } from '@klevr/contracts/command';
import { newId } from '@klevr/contracts/ids';
import { CompactSign, exportJWK, generateKeyPair, type CryptoKey } from 'jose';

/** A task-manager's key: signs commands as the real one does. */
export class SigningKey {
  private constructor(
    readonly publicJwk: Record<string, unknown>,
    private readonly privateKey: CryptoKey,
  ) {}

  static async make(): Promise<SigningKey> {
    const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    return new SigningKey({ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA' }, privateKey);
  }

  sign(content: SignedCommand | object, header: object = {}): Promise<string> {
    return new CompactSign(new TextEncoder().encode(JSON.stringify(content)))
      .setProtectedHeader({ alg: 'EdDSA', typ: 'klevr-command', kid: 'k1', ...header })
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
