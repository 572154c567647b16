import { randomBytes } from 'node:crypto';
import type { Idempotency } from '@klevr/contracts/contract';
import { AppError, type ErrorCode, type Fault } from '@klevr/contracts/errors';
import type { CreateTask, Task } from '@klevr/contracts/task';
import { Batcher } from '@klevr/persistence/batcher';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { AddressPolicy } from '../callbacks/address-policy.js';
import { CredentialsService } from '../credentials/credentials.service.js';
import { tasksCreated } from '../metrics.js';
import { WakeUps } from '../wake-ups.js';
import { newTask, refuseFaulty, type Place } from './new-task.js';
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
    return this.store(username, idempotency, await this.check(request));
  }

  /**
   * All of them, or none where one has a fault. Those that are made before the database goes away stay, and the same request with the same key makes the rest: each
   * has a key of its own.
   */
  async createMany(username: string, idempotency: Idempotency | undefined, requests: readonly CreateTask[]): Promise<Task[]> {
    const checks = await Promise.allSettled(requests.map((request) => this.check(request)));
    const sound = checks.flatMap((check) => (check.status === 'fulfilled' ? [check.value] : []));
    if (sound.length < checks.length) throw faultOfAll(checks);
    return Promise.all(sound.map((checked, index) => this.store(username, keyOf(idempotency, index), checked)));
  }

  private async check(request: CreateTask): Promise<Checked> {
    refuseFaulty(request, this.rules.addresses);
    const { zoneId, zoneName, agentIds } = await this.targets.resolve(request.zone, request.target);
    await this.rules.credentials.refuseFaultyUses(zoneId, request.credentials);
    return { request, place: { zoneId, zoneName }, agentIds };
  }

  private async store(username: string, idempotency: Idempotency | undefined, { request, place, agentIds }: Checked): Promise<Task> {
    const now = new Date(this.clock.nowMs());
    const made = newTask(request, place, agentIds, { username, now, newSecret });
    const { task, fresh, callbacksDue } = await this.batches.add({ idempotency, made });
    if (fresh) {
      tasksCreated.inc();
      this.wakeUps.zone(place.zoneId, 'due');
      if (task.scheduledAt !== null) this.wakeUps.at(new Date(task.scheduledAt));
      this.wakeUps.outbox();
      if (callbacksDue) this.wakeUps.callbacks();
    }
    return task;
  }
}

interface Checked {
  readonly request: CreateTask;
  readonly place: Place;
  readonly agentIds: readonly string[];
}

const keyOf = (idempotency: Idempotency | undefined, index: number): Idempotency | undefined =>
  idempotency && { ...idempotency, scope: `${idempotency.scope} ${index}` };

/** One answer for the faults of many; what is no fault of a task stands for all. */
const faultOfAll = (checks: readonly PromiseSettledResult<unknown>[]): unknown => {
  const codes = new Set<ErrorCode>();
  const errors: Fault[] = [];
  for (const [index, check] of checks.entries()) {
    if (check.status === 'fulfilled') continue;
    const reason: unknown = check.reason;
    if (!(reason instanceof AppError) || reason.retryAfterSeconds !== undefined || reason.code === 'UNAVAILABLE') return reason;
    codes.add(reason.code);
    const faults = reason.errors ?? [{ path: '', message: reason.message }];
    errors.push(...faults.map(({ path, message }) => ({ path: path === '' ? `tasks.${index}` : `tasks.${index}.${path}`, message })));
  }
  const [first = 'BAD_REQUEST'] = codes;
  return new AppError(codes.size === 1 ? first : 'BAD_REQUEST', 'Some of the tasks have faults; none was made', { errors });
};
