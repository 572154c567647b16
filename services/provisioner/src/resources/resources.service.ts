import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { ResourceId } from '@klevr/contracts/ids';
import type { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import type { Resource } from '@klevr/contracts/resource';
import { zonesToList } from '@klevr/persistence/zone-pages';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { refuseForeignCursor } from '../page.js';
import { WakeUps } from '../wake-ups.js';
import {
  newResource,
  parameterFaults,
  refuseFaults,
  refuseMove,
  refuseOtherRevision,
  refuseUnlessGone,
  revisionNow,
  takeRecipe,
} from './desired.js';
import { RecipeShelf, type ShelvedRecipe } from './recipe-shelf.js';
import { ResourceReaderStore } from './resource-reader.store.js';
import type { ResourceRow, RevisionRow } from './resource-row.js';
import { ResourcesStore } from './resources.store.js';

type Rpc = typeof provisionerRpc;
type Asked<V extends keyof Rpc> = RequestOf<Rpc[V]>;
interface Checked {
  readonly parameters: Record<string, unknown>;
  readonly credentials: readonly string[];
}

const changedTooOften = 5;

/** What resources shall be. What is to be done about it is for operations. */
@Injectable()
export class ResourcesService {
  constructor(
    private readonly shelf: RecipeShelf,
    private readonly store: ResourcesStore,
    private readonly reader: ResourceReaderStore,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async create({ actor, idempotency, zoneId, zoneName, resource }: Asked<'createResource'>): Promise<Resource> {
    const recipe = await this.shelf.find(resource.recipe);
    const { parameters, credentials } = await this.checked(recipe, resource.parameters);
    const now = this.now();
    const { name, selfHeal, engine, apply } = resource;
    const row = newResource({ zoneId, zoneName, name, recipe, parameters, selfHeal, engine, createdBy: actor.username }, now);
    const revision = revisionNow(row, credentials, actor.username, now);
    const created = await this.store.create(row, revision, apply ? actor : undefined, idempotency);
    this.wakeUps.committed();
    return created;
  }

  list({ zone, scope, ...query }: Asked<'listResources'>): Promise<ReplyOf<Rpc['listResources']>> {
    refuseForeignCursor(query.cursor, ResourceId);
    return this.reader.list({ ...query, zoneIds: zonesToList(zone, scope) });
  }

  get(id: string): Promise<Resource> {
    return this.reader.get(id);
  }

  /** What is checked outside of the transaction is checked again where somebody else was faster. */
  async update({ actor, id, changes, ifRevision }: Asked<'updateResource'>): Promise<Resource> {
    for (let tries = 1; ; tries++) {
      const seen = await this.found(id);
      refuseOtherRevision(seen, ifRevision);
      const recipe = changes.recipe && (await this.shelf.find(changes.recipe));
      refuseMove(seen, changes.engine, recipe);
      const { parameters, credentials } = await this.wished(seen, recipe, changes.parameters);
      const now = this.now();
      const overtaken = new AppError('CONFLICT', 'The resource is being changed by others; try again');
      const change = (row: ResourceRow): RevisionRow => {
        if (row.revision !== seen.revision) throw overtaken;
        refuseMove(row, changes.engine, recipe);
        Object.assign(row, { parameters, revision: row.revision + 1 });
        if (recipe !== undefined) takeRecipe(row, recipe);
        row.selfHeal = changes.selfHeal ?? row.selfHeal;
        if (changes.engine !== undefined) row.engine = changes.engine;
        return revisionNow(row, credentials, actor.username, now);
      };
      try {
        await this.store.update(id, change, now);
      } catch (error) {
        if (error === overtaken && tries < changedTooOften) continue;
        throw error;
      }
      this.wakeUps.committed();
      return this.reader.get(id);
    }
  }

  async remove({ actor, id, ifRevision }: Asked<'deleteResource'>): Promise<Record<string, never>> {
    const refuse = (row: ResourceRow): void => {
      refuseOtherRevision(row, ifRevision);
      refuseUnlessGone(row);
    };
    await this.store.remove(id, refuse, actor.username, this.now());
    this.wakeUps.committed();
    return {};
  }

  async revisions({ id, limit, cursor }: Asked<'listRevisions'>): Promise<ReplyOf<Rpc['listRevisions']>> {
    refuseForeignCursor(cursor, z.string().regex(/^\d{1,9}$/));
    await this.found(id);
    return this.reader.listRevisions(id, limit, cursor === undefined ? undefined : Number(cursor));
  }

  private async found(id: string): Promise<ResourceRow> {
    const row = await this.reader.find(id);
    if (row === undefined) throw new AppError('NOT_FOUND', 'There is no such resource');
    return row;
  }

  /** What stays as it is needs no catalogue. */
  private async wished(
    seen: ResourceRow,
    recipe: ShelvedRecipe | undefined,
    parameters: Checked['parameters'] | undefined,
  ): Promise<Checked> {
    const same = recipe === undefined && parameters === undefined ? await this.reader.findRevision(seen.id, seen.revision) : undefined;
    return same ?? this.checked(recipe ?? seen.recipe, parameters ?? seen.parameters);
  }

  private async checked(recipe: ShelvedRecipe, given: Record<string, unknown>): Promise<Checked> {
    refuseFaults(parameterFaults(given));
    const { parameters, credentials, faults } = await this.shelf.check(recipe, given);
    refuseFaults(faults.map(({ path, message }) => ({ path: path === '' ? 'parameters' : `parameters.${path}`, message })));
    return { parameters, credentials };
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
