import type { Idempotency, RequestOf, ReplyOf } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { OperationId } from '@klevr/contracts/ids';
import type { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import type { Operation } from '@klevr/contracts/resource';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable } from '@nestjs/common';
import { refuseForeignCursor } from '../page.js';
import { WakeUps } from '../wake-ups.js';
import { revisionNow, takeRecipe } from './desired.js';
import { end } from './life.js';
import { isOpen } from './operation-state.js';
import { operationOf, type OperationRow } from './operation-row.js';
import { OperationsStore, type Archive } from './operations.store.js';
import { resourceEvent } from './resource-events.js';
import { isGone } from './resource-state.js';
import { addOperation, type NewOperation, type Story } from './story.js';
import { TaskManagerClient } from './task-manager.client.js';

type Rpc = typeof provisionerRpc;
type Asked<V extends keyof Rpc> = RequestOf<Rpc[V]>;
type By = NewOperation['by'];

/** Of one resource; they wait for each other. */
const mostOpen = 20;

/** What is to be done about resources: accepted here, carried out by a task. What is answered is stored, whatever becomes of this process. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly store: OperationsStore,
    private readonly tasks: TaskManagerClient,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  plan({ actor, idempotency, id }: Asked<'planResource'>): Promise<Operation> {
    return this.make(id, idempotency, ({ row }) => ({ action: 'plan', cause: 'user', revision: row.revision, by: by(actor) }));
  }

  apply({ actor, idempotency, id, apply }: Asked<'applyResource'>): Promise<Operation> {
    return this.make(id, idempotency, async ({ row }, archive) => {
      const planDigest = apply.plan === undefined ? null : await digestOfPlan(archive, apply.plan, row.revision);
      return { action: 'apply', cause: 'user', revision: row.revision, by: by(actor), planDigest };
    });
  }

  destroy({ actor, idempotency, id, destroy }: Asked<'destroyResource'>): Promise<Operation> {
    return this.make(id, idempotency, ({ row }) => {
      const revision = row.begunRevision ?? row.revision;
      return { action: 'destroy', cause: 'user', revision, by: by(actor), deleteData: destroy.deleteData };
    });
  }

  refresh({ actor, idempotency, id }: Asked<'refreshResource'>): Promise<Operation> {
    return this.make(id, idempotency, ({ row }) => {
      if (isGone(row.status) || row.begunRevision === null)
        throw new AppError('WRONG_STATE', `The resource is ${row.status}; there is nothing to look at`);
      return { action: 'refresh', cause: 'user', revision: row.begunRevision, by: by(actor) };
    });
  }

  /** The desired state of before becomes a new revision, as history only grows. */
  rollback({ actor, idempotency, id, rollback }: Asked<'rollbackResource'>): Promise<Operation> {
    return this.make(id, idempotency, async ({ row, now, events }, archive) => {
      const wanted = rollback.revision;
      const earlier = wanted === undefined ? await archive.lastApplied() : await archive.revision(wanted);
      if (earlier === undefined && wanted === undefined) throw new AppError('WRONG_STATE', 'No other revision was ever applied');
      if (earlier === undefined) {
        const errors = [{ path: 'revision', message: 'is no revision of the resource, or is no longer kept' }];
        throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors });
      }
      if (earlier.recipe.pinned.driver !== row.recipe.pinned.driver && !isGone(row.status))
        throw new AppError(
          'WRONG_STATE',
          `Revision ${earlier.revision} is for ${earlier.recipe.pinned.driver}; destroy the resource first`,
        );
      takeRecipe(row, earlier.recipe);
      Object.assign(row, { parameters: earlier.parameters, revision: row.revision + 1 });
      await archive.addRevision(revisionNow(row, earlier.credentials, actor.username, now));
      events.push(resourceEvent('resource.changed', row, { revision: row.revision, changedBy: actor.username, of: earlier.revision }, now));
      return { action: 'apply', cause: 'rollback', revision: row.revision, by: by(actor) };
    });
  }

  list({ resourceId, limit, cursor }: Asked<'listOperations'>): Promise<ReplyOf<Rpc['listOperations']>> {
    refuseForeignCursor(cursor, OperationId);
    return this.store.list(resourceId, limit, cursor);
  }

  /** With why it waits, as its task knows it. */
  async get(id: string): Promise<Operation> {
    const row = await this.found(id);
    const operation = operationOf(row);
    // One that is to end says why, and not what it waited for.
    if (row.status !== 'queued' || row.taskId === null || row.cancelAt !== null) return operation;
    const reason = await this.tasks.reasonOf(row.taskId).catch(() => null);
    return { ...operation, reason: reason ?? operation.reason };
  }

  /** Answers once it is noted: from then on it is asked for until the task has ended. */
  async cancel({ id, actor }: Asked<'cancelOperation'>): Promise<Operation> {
    const known = await this.found(id);
    const now = this.now();
    const canceled = await this.store.change(known, now, (story, operation, { recipe }) => {
      if (!isOpen(operation.status)) throw new AppError('WRONG_STATE', `The operation has ended: it is ${operation.status}`);
      operation.cancelAt ??= now;
      const reason = { code: 'CANCELED_BY_USER', message: `canceled by ${actor.username}` };
      if (operation.taskId === null) end(story, operation, { event: 'canceled', reason, recipe });
      else Object.assign(operation, { taskDueAt: now, reason });
      story.changed.add(operation);
      return operationOf(operation);
    });
    if (canceled === undefined) throw new AppError('NOT_FOUND', 'There is no such operation');
    this.wakeUps.committed();
    if (canceled.taskId !== null) {
      await this.tasks
        .cancel(canceled.taskId, by(actor))
        .catch((error: unknown) => this.log.debug({ error, id }, 'the cancel goes out again'));
    }
    return operationOf((await this.store.find(id)) ?? known);
  }

  private async make(
    id: string,
    idempotency: Idempotency | undefined,
    wish: (story: Story, archive: Archive) => NewOperation | Promise<NewOperation>,
  ): Promise<Operation> {
    const made = await this.store.create(id, idempotency, this.now(), async (story, archive): Promise<OperationRow> => {
      if ((await archive.openCount()) >= mostOpen)
        throw new AppError('CONFLICT', `${mostOpen} operations of the resource are open already`);
      const before = story.row.operationId;
      const operation = await wish(story, archive);
      const changes = operation.action === 'apply' || operation.action === 'destroy';
      if (changes && before !== null) throw new AppError('WRONG_STATE', `The operation ${before} is open; wait for its end or cancel it`);
      return addOperation(story, operation);
    });
    this.wakeUps.committed();
    return made;
  }

  private async found(id: string): Promise<OperationRow> {
    const operation = await this.store.find(id);
    if (operation === undefined) throw new AppError('NOT_FOUND', 'There is no such operation');
    return operation;
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}

const by = ({ userId, username }: { userId: string; username: string }): By => ({ userId, username });

/** Only what somebody has seen, and of what is wished for now. */
const digestOfPlan = async (archive: Archive, planId: string, revision: number): Promise<string> => {
  const plan = await archive.findOperation(planId);
  const refuse = (message: string): never => {
    throw new AppError('WRONG_STATE', message);
  };
  if (plan?.action !== 'plan') return refuse(`${planId} is no plan of this resource`);
  if (plan.status !== 'succeeded' || plan.plan === null) return refuse(`The plan ${planId} is ${plan.status}`);
  if (plan.revision !== revision)
    return refuse(`The plan ${planId} is of revision ${plan.revision}, and the resource is at ${revision} now`);
  return plan.plan.digest;
};
