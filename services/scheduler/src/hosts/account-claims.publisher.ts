import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { issuerAt, type AccountIssuer, type Revocation } from '@klevr/messaging/auth/account-jwt';
import { RetiringKey } from '@klevr/messaging/auth/nats-identity';
import { pushRevocations } from '@klevr/messaging/auth/revocation';
import type { Bus } from '@klevr/messaging/bus';
import { issuerIn } from './issuer-file.js';

const timeoutMs = 3_000;

const AccountIssuerFile = z.object({
  operatorSigningSeed: z.string().startsWith('SO'),
  accountPublicKey: z.string().startsWith('A'),
  serviceSigningPublicKey: z.string().startsWith('A'),
  agentSigningPublicKey: z.string().startsWith('A'),
  others: z.array(RetiringKey).max(200).default([]),
});

/** Gives the NATS servers our account's JWT, with every revocation in it. */
export class AccountClaimsPublisher {
  private constructor(
    private issuer: AccountIssuer,
    private readonly account: string,
    private readonly system: Bus,
  ) {}

  /** Throws where the file cannot be read, is no issuer, or is that of another account, without showing what is in it. */
  static fromFile(path: string, account: string, system: Bus): AccountClaimsPublisher {
    return new AccountClaimsPublisher(issuerOf(readFileSync(path, 'utf8'), account), account, system);
  }

  /** From now on this one; it takes a push for the servers to know. Throws as `fromFile` does, and nothing changes then. */
  use(text: string): void {
    this.issuer = issuerOf(text, this.account);
  }

  /** When the next key of those that only still verify is good no more; undefined where there is none. */
  nextEndSeconds(nowSeconds: number): number | undefined {
    const ends = (this.issuer.others ?? []).map(({ untilSeconds }) => untilSeconds).filter((end) => end > nowSeconds);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** Rejects where no server took it. */
  async push(revocations: readonly Revocation[], nowMs: number): Promise<void> {
    const request = async (subject: string, data: Uint8Array): Promise<{ data: Uint8Array }> => ({
      data: (await this.system.request(subject, 'claims', data, { inbox: { to: 'service' }, timeoutMs })).bytes,
    });
    await pushRevocations({ request }, issuerAt(this.issuer, nowMs / 1000), revocations);
  }
}

const issuerOf = (text: string, account: string): AccountIssuer => {
  const issuer = issuerIn(AccountIssuerFile, text, 'account');
  // A server stores what parses and judges its signer later, so this is the last place that can tell.
  if (issuer.accountPublicKey !== account) throw new Error('the account issuer is that of another account than KLEVR_NATS_ACCOUNT');
  return issuer;
};
