import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AccountIssuer, Revocation } from '@klevr/messaging/auth/account-jwt';
import { pushRevocations } from '@klevr/messaging/auth/revocation';
import type { Bus } from '@klevr/messaging/bus';

const timeoutMs = 3_000;

const AccountIssuerFile = z.object({
  operatorSigningSeed: z.string().startsWith('SO'),
  accountPublicKey: z.string().startsWith('A'),
  serviceSigningPublicKey: z.string().startsWith('A'),
  agentSigningPublicKey: z.string().startsWith('A'),
});

/** Gives the NATS servers our account's JWT, with every revocation in it. */
export class AccountClaimsPublisher {
  private constructor(
    private readonly issuer: AccountIssuer,
    private readonly system: Bus,
  ) {}

  /** Throws where the file cannot be read, is no issuer, or is that of another account, without showing what is in it. */
  static fromFile(path: string, account: string, system: Bus): AccountClaimsPublisher {
    const parsed = AccountIssuerFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (!parsed.success) throw new Error(`${path} is not a file of an account issuer: ${z.prettifyError(parsed.error)}`);
    // A server stores what parses and judges its signer later, so this is the last place that can tell.
    if (parsed.data.accountPublicKey !== account) throw new Error(`${path} is the issuer of another account than KLEVR_NATS_ACCOUNT`);
    return new AccountClaimsPublisher(parsed.data, system);
  }

  /** Rejects where no server took it. */
  async push(revocations: readonly Revocation[]): Promise<void> {
    const request = async (subject: string, data: Uint8Array): Promise<{ data: Uint8Array }> => ({
      data: (await this.system.request(subject, 'claims', data, { inbox: { to: 'service' }, timeoutMs })).bytes,
    });
    await pushRevocations({ request }, this.issuer, revocations);
  }
}
