import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accountIssuerOf } from '@klevr/messaging/auth/account-jwt';
import { agentIssuerOf } from '@klevr/messaging/auth/agent-credentials';
import { announced, inUse, withoutOld } from '@klevr/messaging/auth/key-rotation';
import { type NatsIdentity, parseNatsIdentity, serializeNatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { createServiceUser } from '@klevr/messaging/auth/service-credentials';
import { writeSecret } from './secrets.js';
import { NATS_IDENTITY_FILE, accountIssuerFile, agentIssuerFile, credsFileOf } from './system-files.js';

/**
 * The steps of a rotation of the NATS account's signing keys, as changes of the files of an installation.
 * Promises: the identity is written before what follows from it, so a step that was broken off is done again. Does not: wait between the steps; who takes the second
 * one before every scheduler has the files of the first cuts agents off for a moment.
 */
export class NatsKeyFiles {
  constructor(private readonly folder: string) {}

  /** The account names the new keys. */
  async announce(stolen = false): Promise<void> {
    await this.keep(announced(await this.read(), { stolen }));
  }

  /** The new keys sign agents and services; the old ones are good for so long. */
  async use(nowSeconds: number, overlapSeconds: number): Promise<void> {
    const identity = inUse(await this.read(), nowSeconds, overlapSeconds);
    await this.keep(identity);
    await this.writeSigned(identity);
  }

  /** The account names the present keys alone: whoever still stands on an older one is cut off. */
  async dropOld(): Promise<void> {
    await this.keep(withoutOld(await this.read()));
  }

  private async read(): Promise<NatsIdentity> {
    return parseNatsIdentity(await readFile(join(this.folder, NATS_IDENTITY_FILE), 'utf8'));
  }

  private async keep(identity: NatsIdentity): Promise<void> {
    await writeSecret(join(this.folder, NATS_IDENTITY_FILE), serializeNatsIdentity(identity));
    await writeSecret(join(this.folder, accountIssuerFile), `${JSON.stringify(accountIssuerOf(identity))}\n`);
  }

  /** Services read theirs at their next login; the one that they are connected with stays good until its key is taken out. */
  private async writeSigned(identity: NatsIdentity): Promise<void> {
    for (const service of ['gateway', 'scheduler', 'task-manager', 'provisioner'] as const) {
      await writeSecret(join(this.folder, credsFileOf(service)), (await createServiceUser(identity, service)).creds);
    }
    await writeSecret(join(this.folder, agentIssuerFile), JSON.stringify(agentIssuerOf(identity)));
  }
}
