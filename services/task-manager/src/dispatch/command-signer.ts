import type { TaskKeySet } from '@klevr/contracts/agent';
import type { SignedCommand } from '@klevr/contracts/command';
import { CompactSign, importJWK, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';

/**
 * Signs commands with the task-manager's key (Ed25519, compact JWS).
 * Promises: the private half leaves this class in no answer. Does not: rotate keys.
 */
const PrivateKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().min(1),
  d: z.string().min(1),
  kid: z.string().min(1),
});

const encoder = new TextEncoder();

export class CommandSigner {
  private constructor(
    private readonly key: CryptoKey | Uint8Array,
    private readonly kid: string,
    readonly publicKeys: TaskKeySet,
  ) {}

  /** From the text of a private JWK. Throws where it is none. */
  static async fromJwk(text: string): Promise<CommandSigner> {
    const jwk = PrivateKey.parse(JSON.parse(text));
    const { kty, crv, x, kid } = jwk;
    const publicKeys = { keys: [{ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' } satisfies JWK & Record<string, unknown>] };
    return new CommandSigner(await importJWK(jwk, 'EdDSA'), kid, publicKeys);
  }

  sign(command: SignedCommand): Promise<string> {
    return new CompactSign(encoder.encode(JSON.stringify(command)))
      .setProtectedHeader({ alg: 'EdDSA', kid: this.kid, typ: 'klevr-command' })
      .sign(this.key);
  }
}
