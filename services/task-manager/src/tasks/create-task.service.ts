import { randomBytes } from 'node:crypto';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { CreateTask, Task } from '@klevr/contracts/task';
import { Batcher } from '@klevr/persistence/batcher';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { AddressPolicy } from '../callbacks/address-policy.js';
import { CredentialsService } from '../credentials/credentials.service.js';
import { tasksCreated } from '../metrics.js';
import { WakeUps } from '../wake-ups.js';
import { newTask, refuseFaulty } from './new-task.js';
import { TargetsService } from './targets.service.js';
import { TasksStore, type Created, type Creation } from './tasks.store.js';

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** What a task has to be besides well written. */
@Injectable()
export class TaskRules {
  constructor(
    readonly addresses: AddressPolicy,
    readonly credentials: CredentialsService,
  ) {}
}

/** Makes tasks: those that come while a transaction runs share the next one. The answer is given after the commit. */
@Injectable()
export class CreateTaskService {
  private readonly batches: Batcher<Creation, Created>;

  constructor(
    store: TasksStore,
    private readonly targets: TargetsService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly rules: TaskRules,
  ) {
    this.batches = new Batcher({
      run: (creations) => store.createAll(creations),
      maxSize: 100,
      retryAlone: (error) => !(error instanceof AppError && error.code === 'UNAVAILABLE'),
    });
  }

  async create(username: string, idempotency: Idempotency | undefined, request: CreateTask): Promise<Task> {
    refuseFaulty(request, this.rules.addresses);
    const { zoneId, zoneName, agentIds } = await this.targets.resolve(request.zone, request.target);
    await this.rules.credentials.refuseFaultyUses(zoneId, request.credentials);
    const now = new Date(this.clock.nowMs());
    const made = newTask(request, { zoneId, zoneName }, agentIds, { username, now, newSecret });
    const { task, fresh, callbacksDue } = await this.batches.add({ idempotency, made });
    if (fresh) {
      tasksCreated.inc();
      this.wakeUps.zone(zoneId, 'due');
      this.wakeUps.outbox();
      if (callbacksDue) this.wakeUps.callbacks();
    }
    return task;
  }
}
