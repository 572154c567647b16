import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountIssuerOf } from '@klevr/messaging/auth/account-jwt';
import { createNatsIdentity } from '@klevr/messaging/auth/nats-identity';
import type { Bus } from '@klevr/messaging/bus';
import { AccountClaimsPublisher } from './account-claims.publisher.js';

describe('the file of an account issuer', () => {
  const issuer = accountIssuerOf(createNatsIdentity());
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-claims-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const open = async (content: object, account = issuer.accountPublicKey): Promise<AccountClaimsPublisher> => {
    const path = join(folder, 'account-issuer.json');
    await writeFile(path, JSON.stringify(content));
    return AccountClaimsPublisher.fromFile(path, account, {} as Bus);
  };

  it('is taken where it is that of our account', async () => {
    await expect(open(issuer)).resolves.toBeInstanceOf(AccountClaimsPublisher);
  });

  it('is refused where it is that of another, as a push under it would shut ours', async () => {
    await expect(open(issuer, accountIssuerOf(createNatsIdentity()).accountPublicKey)).rejects.toThrow('another account');
  });

  it('is refused where it is faulty, every fault named and no seed shown', async () => {
    const faulty = { ...issuer, accountPublicKey: 'x', agentSigningPublicKey: 1 };
    const refused = open(faulty);
    await expect(refused).rejects.toThrow(/accountPublicKey[^]*agentSigningPublicKey/);
    await expect(refused).rejects.not.toThrow(issuer.operatorSigningSeed);
  });
});
