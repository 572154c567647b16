import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SealedCredential } from '@klevr/contracts/command';
import { Sealer } from '@klevr/messaging/auth/sealed-box';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { runsEnded } from '../metrics.js';
import { WakeUps } from '../wake-ups.js';
import { Newest, noSecrets, type CommandSecrets, type Unsendable, type WantingRun } from './command-secrets.js';
import { contextOf } from './credential-context.js';
import { largestValuesBytes, namedUse } from './credential-uses.js';
import { CredentialsStore, type StoredSecret } from './credentials.store.js';
import { SecretBox, SecretLocked } from '@klevr/platform/secret-box';
import { UnsendableRunsStore } from './unsendable-runs.store.js';

/** "When it was last used" is right to this. */
const usedEveryMs = 60_000;
const keptBoxes = 1_000;

@Injectable()
export class CommandSecretStores {
  constructor(
    readonly credentials: CredentialsStore,
    readonly unsendable: UnsendableRunsStore,
  ) {}
}

/**
 * Seals the secrets of runs that are being sent to their agents' keys.
 * Promises: a value is in the clear for the time of its sealing only, and what is kept of it is the box that only the agent can open; the value is the one that is
 * stored now. Runs that use no secret cost nothing here. A run whose secret is gone ends, one whose agent has no key (or whose master key is not configured) waits.
 */
@Injectable()
export class CommandSecretsService {
  private readonly sealer = new Sealer();
  /** Sealing takes a millisecond or more: the same value goes to the same agent in the same box. */
  private readonly boxes = new Newest<string>(keptBoxes);

  constructor(
    private readonly stores: CommandSecretStores,
    private readonly box: SecretBox,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async of(zoneId: string, wanting: readonly WantingRun[]): Promise<CommandSecrets> {
    if (wanting.length === 0) return noSecrets;
    const names = [...new Set(wanting.flatMap(({ uses }) => uses.map((use) => namedUse(use).name)))];
    const [secrets, keys] = await Promise.all([
      this.stores.credentials.sealed(zoneId, names),
      this.stores.credentials.sealingKeys([...new Set(wanting.flatMap(({ run }) => run.agentId ?? []))]),
    ]);
    const sealed = new Map<string, readonly SealedCredential[]>();
    const unsendable: Unsendable[] = [];
    for (const one of wanting) {
      const made = await this.sealFor(one, secrets, keys);
      if (Array.isArray(made)) sealed.set(one.run.id, made);
      else unsendable.push(made);
    }
    await this.settle(zoneId, unsendable);
    await this.noteUse(zoneId, wanting, sealed, secrets);
    return { sealed, unsendable: new Set(unsendable.map(({ run }) => run.id)) };
  }

  private async sealFor(
    { run, uses }: WantingRun,
    secrets: ReadonlyMap<string, StoredSecret>,
    keys: ReadonlyMap<string, string>,
  ): Promise<SealedCredential[] | Unsendable> {
    const gone = uses.map((use) => namedUse(use).name).filter((name) => !secrets.has(name));
    if (gone.length > 0) return { run, why: 'gone', message: `the zone has no credential ${gone.join(', ')} any more` };
    const bytes = uses.reduce((sum, use) => sum + (secrets.get(namedUse(use).name)?.bytes ?? 0), 0);
    if (bytes > largestValuesBytes) {
      return {
        run,
        why: 'gone',
        message: `the values of its credentials together have ${bytes} bytes; ${largestValuesBytes} are possible`,
      };
    }
    const key = keys.get(run.agentId ?? '');
    if (key === undefined) {
      return { run, why: 'noKey', message: 'its agent has told no key to seal credentials to: its version is too old for them' };
    }
    const made: SealedCredential[] = [];
    for (const use of uses) {
      const { name, as, variable } = namedUse(use);
      try {
        made.push({ name, as, variable, sealed: await this.sealOne(run.zoneId, name, secrets.get(name)?.box ?? '', key) });
      } catch (error) {
        if (!(error instanceof SecretLocked)) throw error;
        this.log.error({ zoneId: run.zoneId, credential: name, reason: error.message }, 'a credential cannot be opened, its runs wait');
        return { run, why: 'locked', message: `the credential ${name} cannot be opened: ${error.message}` };
      }
    }
    return made;
  }

  private async sealOne(zoneId: string, name: string, box: string, key: string): Promise<string> {
    const kept = this.boxes.get(`${key} ${zoneId} ${name} ${box}`);
    if (kept !== undefined) return kept;
    // Ten thousand of them, one after the other, must not stop everything else for half a minute.
    await nextTurn();
    const value = this.box.open(box, contextOf(zoneId, name));
    const sealed = this.sealer.seal(value, key).toString('base64');
    value.fill(0);
    this.boxes.set(`${key} ${zoneId} ${name} ${box}`, sealed);
    return sealed;
  }

  private async settle(zoneId: string, unsendable: readonly Unsendable[]): Promise<void> {
    if (unsendable.length === 0) return;
    const stored = await this.stores.unsendable.settle(unsendable, new Date(this.clock.nowMs()));
    for (const status of stored.ended) runsEnded.inc({ status });
    this.wakeUps.stored(stored);
    // Their places are free again.
    this.wakeUps.zone(zoneId);
  }

  private async noteUse(
    ...[zoneId, wanting, sealed, secrets]: [
      ...[string, readonly WantingRun[], ReadonlyMap<string, readonly SealedCredential[]>, ReadonlyMap<string, StoredSecret>],
    ]
  ): Promise<void> {
    const sent = wanting.filter(({ run }) => sealed.has(run.id));
    const forgiven = sent.filter(({ run }) => run.waitCode === 'CREDENTIAL_MISSING' || run.waitCode === 'NO_SEALING_KEY');
    if (forgiven.length > 0) await this.stores.unsendable.forgive(forgiven.map(({ run }) => run.id));
    const now = this.clock.nowMs();
    const names = new Set(sent.flatMap(({ uses }) => uses.map((use) => namedUse(use).name)));
    const stale = [...names].filter((name) => now - (secrets.get(name)?.lastUsedAt?.getTime() ?? 0) >= usedEveryMs);
    if (stale.length > 0) await this.stores.credentials.used(zoneId, stale, new Date(now));
  }
}
