import type { Idempotency } from '@klevr/contracts/contract';
import {
  CredentialName,
  credentialValueBytes,
  type CreateCredential,
  type Credential,
  type CredentialUse,
  type UpdateCredential,
} from '@klevr/contracts/credential';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { ZoneLookup } from '../hosts/zone-lookup.service.js';
import { faultsOfUses, namedUse } from './credential-uses.js';
import { contextOf } from './credential-context.js';
import { CredentialsStore, type SealedValue } from './credentials.store.js';
import { SecretBox } from '@klevr/platform/secret-box';

interface Named {
  readonly zone: string;
  readonly name: string;
}

/**
 * The secrets of zones, as operators handle them.
 * Promises: a value is sealed before anything else sees it, and nothing here gives one back. One that open tasks use may be deleted all the same, as a secret that
 * got out has to be gone at once: their runs that have not been sent by then end with CREDENTIAL_MISSING.
 */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly store: CredentialsStore,
    private readonly box: SecretBox,
    private readonly zones: ZoneLookup,
    private readonly clock: Clock,
  ) {}

  async create(createdBy: string, idempotency: Idempotency | undefined, zone: string, made: CreateCredential): Promise<Credential> {
    const zoneId = await this.zones.idOf(zone);
    const { name, description } = made;
    const value = this.seal({ zone: zoneId, name }, made.value);
    // The digest of the request is one of the value too: not to be guessed from what is stored.
    const once = idempotency && { ...idempotency, digest: this.box.digest(idempotency.digest) };
    return this.store.create({ zoneId, name, description, createdBy, ...value }, once, this.now());
  }

  async list(zone: string, cursor: string | undefined, limit: number): Promise<{ items: Credential[]; nextCursor: string | null }> {
    if (cursor !== undefined && !CredentialName.safeParse(cursor).success) {
      const errors = [{ path: 'cursor', message: 'is not a cursor of this list' }];
      throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors });
    }
    const found = await this.store.list(await this.zones.idOf(zone), cursor ?? '', limit + 1);
    const items = found.slice(0, limit);
    return { items, nextCursor: found.length > limit ? (items.at(-1)?.name ?? null) : null };
  }

  async change({ zone, name }: Named, { value, description }: UpdateCredential): Promise<Credential> {
    const zoneId = await this.zones.idOf(zone);
    const sealed = value === undefined ? undefined : this.seal({ zone: zoneId, name }, value);
    const changed = await this.store.change({ zoneId, name }, { value: sealed, description }, this.now());
    if (changed === undefined) throw noSuch(name);
    return changed;
  }

  async remove({ zone, name }: Named): Promise<Record<string, never>> {
    if (!(await this.store.remove(await this.zones.idOf(zone), name))) throw noSuch(name);
    return {};
  }

  /** Of a task that is to be made: throws with every fault. Costs nothing where it uses none. */
  async refuseFaultyUses(zoneId: string, uses: readonly CredentialUse[]): Promise<void> {
    if (uses.length === 0) return;
    const errors = faultsOfUses(uses, await this.store.sizes(zoneId, [...new Set(uses.map((use) => namedUse(use).name))]));
    if (errors.length > 0) throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors });
  }

  private seal({ zone, name }: Named, value: string): SealedValue {
    const text = Buffer.from(value);
    const fault = faultOfValue(value, text.length);
    if (fault !== undefined) {
      throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [{ path: 'value', message: fault }] });
    }
    return { box: this.box.seal(text, contextOf(zone, name)), bytes: text.length };
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}

const faultOfValue = (value: string, bytes: number): string | undefined => {
  if (bytes > credentialValueBytes) return `has ${bytes} bytes as UTF-8; ${credentialValueBytes} are possible`;
  if (value.includes('\0')) return 'has a NUL in it, which no environment variable can hold';
  return undefined;
};

const noSuch = (name: string): AppError => new AppError('NOT_FOUND', `The zone has no credential ${name}`);
