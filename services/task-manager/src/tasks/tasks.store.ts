import type { Idempotency } from '@klevr/contracts/contract';
import type { Task } from '@klevr/contracts/task';
import type { BatchOutcome } from '@klevr/persistence/batcher';
import { once } from '@klevr/persistence/idempotency';
import { inTransaction } from '@klevr/persistence/transaction';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { HookSecrets } from '../credentials/hook-secrets.js';
import { idempotencyKeys } from '../database/tables.js';
import { WorkStore } from '../dispatch/work.store.js';
import { lockForSuperseding, supersede } from '../governors/supersede.store.js';
import type { Stored } from '../runs/stored.js';
import { insertTasks } from './insert-tasks.store.js';
import type { NewTask } from './new-task.js';

export interface Creation {
  readonly idempotency: Idempotency | undefined;
  readonly made: NewTask;
}

export interface Created {
  readonly task: Task;
  /** False where an earlier answer is repeated. */
  readonly fresh: boolean;
  /** A webhook is to be told of tasks that were made together. */
  readonly callbacksDue: boolean;
  /** Of older tasks whose place it took. */
  readonly superseded?: Stored | undefined;
}

/** Writes new tasks, many in one transaction. A key that was used with another request fails its own call only. */
@Injectable()
export class TasksStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly work: WorkStore,
    private readonly secrets: HookSecrets,
  ) {}

  async createAll(creations: readonly Creation[]): Promise<BatchOutcome<Created>[]> {
    const outcomes = await this.commit(creations);
    // The dispatcher will want them in a moment.
    outcomes.forEach((outcome, index) => {
      if ('value' in outcome && outcome.value.fresh)
        this.work.remember(outcome.value.task, creations[index]?.made.origin.previousResult ?? null);
    });
    return outcomes;
  }

  private commit(creations: readonly Creation[]): Promise<BatchOutcome<Created>[]> {
    return inTransaction(this.dataSource, async (manager) => {
      await lockForSuperseding(
        manager,
        creations.map(({ made }) => made),
      );
      const fresh: NewTask[] = [];
      const outcomes: BatchOutcome<Created>[] = [];
      for (const creation of creations) outcomes.push(await claimKey(manager, creation, fresh));
      const callbacksDue = await insertTasks(manager, fresh, this.secrets);
      const superseded = await supersede(manager, fresh);
      return outcomes.map((outcome) => {
        if (!('value' in outcome)) return outcome;
        const { task, fresh: isFresh } = outcome.value;
        return { value: { task, fresh: isFresh, callbacksDue, superseded: isFresh ? superseded.get(task.id) : undefined } };
      });
    });
  }
}

const claimKey = async (manager: EntityManager, { idempotency, made }: Creation, fresh: NewTask[]): Promise<BatchOutcome<Created>> => {
  let isFresh = false;
  const work = (): Promise<Task> => {
    isFresh = true;
    fresh.push(made);
    return Promise.resolve(made.task);
  };
  try {
    const task = await once(manager, idempotencyKeys, idempotency, work, { secret: made.showsSecret });
    return { value: { task, fresh: isFresh, callbacksDue: false } };
  } catch (error) {
    if (isFresh || !isAnswer(error)) throw error;
    return { error };
  }
};

/** Thrown by a look at the earlier request: nothing was written, and the transaction can go on. */
const isAnswer = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'IDEMPOTENCY_MISMATCH' || error.code === 'SECRET_SHOWN_ONCE');
