import type { Actor, Idempotency, PageQuery } from '@klevr/contracts/contract';
import type { CreateSource, Source, UpdateSource } from '@klevr/contracts/catalogue';
import { AppError } from '@klevr/contracts/errors';
import { newId, SourceId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import { SecretBox } from '@klevr/platform/secret-box';
import { Injectable } from '@nestjs/common';
import { refuseForeignCursor, type Page } from '../page.js';
import type { Auth } from './git-access.js';
import { authContext, builtInName, refuseBuiltIn, sourceOf } from './source-row.js';
import { SourcesStore } from './sources.store.js';
import { SyncService } from './sync.service.js';

/** Less than the gateway waits for an answer. */
const answerWithinMs = 15_000;

interface By {
  readonly actor: Actor;
  readonly idempotency?: Idempotency | undefined;
}

/**
 * Where recipes come from, as operators handle it.
 * Promises: what opens a repository is sealed before anything else sees it, and nothing here gives it back.
 */
@Injectable()
export class SourcesService {
  constructor(
    private readonly store: SourcesStore,
    private readonly syncing: SyncService,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  async create({ actor, idempotency, source: { auth, ...source } }: By & { source: CreateSource }): Promise<Source> {
    if (source.name === builtInName) {
      const errors = [{ path: 'name', message: 'is the name of the catalogue that comes with Klevr' }];
      throw new AppError('CONFLICT', `The name ${builtInName} is taken`, { errors });
    }
    const id = newId('source');
    const authBox = auth === undefined ? null : this.seal(id, auth);
    // The digest of the request is one of what opens the repository too: not to be guessed from what is stored.
    const once = idempotency && { ...idempotency, digest: this.box.digest(idempotency.digest) };
    const made = await this.store.create({ ...source, id, authBox, createdBy: actor.username }, once, this.now());
    this.syncing.wake();
    return made;
  }

  list({ limit, cursor }: PageQuery): Promise<Page<Source>> {
    refuseForeignCursor(cursor, SourceId);
    return this.store.list(limit, cursor);
  }

  async get(source: string): Promise<Source> {
    return sourceOf(await this.store.get(source));
  }

  async update({
    source,
    changes,
    ifRevision,
  }: {
    source: string;
    changes: UpdateSource;
    ifRevision?: number | undefined;
  }): Promise<Source> {
    const { auth, ...others } = changes;
    const row = await this.store.get(source);
    refuseBuiltIn(row, 'changed');
    const authBox = auth === undefined ? {} : { authBox: auth === null ? null : this.seal(row.id, auth) };
    const changed = await this.store.update(row.id, { ...others, ...authBox }, ifRevision, this.now());
    this.syncing.wake();
    return changed;
  }

  async remove({ source, ifRevision }: { source: string; ifRevision?: number | undefined }): Promise<Record<string, never>> {
    await this.store.remove(source, ifRevision, this.now());
    return {};
  }

  /** Waits for its end; where that takes long, or another replica is at it, the answer says `syncing` and it goes on. */
  async sync({ idempotency, source }: By & { source: string }): Promise<Source> {
    const { id } = await this.store.get(source);
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.clock.setTimer(resolve, answerWithinMs);
    });
    await Promise.race([this.syncing.sync(id, true), late]).finally(() => cancel());
    return this.store.answered(idempotency, sourceOf(await this.store.get(id)));
  }

  private seal(id: string, auth: Auth): string {
    return this.box.seal(JSON.stringify(auth), authContext(id));
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
