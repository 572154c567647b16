import { z } from 'zod';
import { ZoneScope } from './access.js';
import { AgentKind, TaskKeySet } from './agent.js';
import type { ConsumerContract, RequestContract } from './contract.js';
import { Actor, Idempotency, PageQuery, page, published, rpc } from './contract.js';
import { Event } from './event.js';
import { FactBatch, FactBatchReply } from './fact.js';
import { AgentId, DeliveryId, FireId, JournalId, RunId, ScheduleId, SessionId, TaskId, Timestamp, WebhookId, ZoneId } from './ids.js';
import { KnownAttempt, PrimaryKey, Verdict } from './presence.js';
import { streams } from './streams.js';
import { subjects } from './subjects.js';
import { CreateWebhook, Delivery, UpdateWebhook, Webhook } from './callback.js';
import { CreateCredential, Credential, CredentialName, UpdateCredential } from './credential.js';
import { ConcurrencyKey, ConcurrencyKeyName } from './governor.js';
import { CreateTasks, CreatedTask } from './bulk.js';
import { ProvisionStep } from './provision.js';
import { WorkerTarget } from './target.js';
import { CreateTask, RetryTask, Run, RunStatus, Task } from './task.js';
import { overlapPolicies } from './schedule.js';
import { Done } from './presence.js';
import { SignedHello } from './task-keys.js';
import { ZoneRef } from './zone.js';

const by = { actor: Actor, idempotency: Idempotency.optional() };
const ifRevision = z.number().int().optional();

export const taskManagerRpc = {
  createTask: rpc('task-manager', 'createTask', z.object({ actor: Actor, idempotency: Idempotency.optional(), task: CreateTask }), Task),
  /** From the provisioner: a task of one step, for one worker of the zone that is asked when it is dispatched. The same operation answers what it did the first time. */
  createOperationTask: rpc(
    'task-manager',
    'createOperationTask',
    z.object({
      actor: Actor,
      name: z.string().min(1).max(128),
      zoneId: ZoneId,
      target: WorkerTarget,
      step: ProvisionStep,
      /** Names of the zone's credentials, sealed to the worker that takes it. */
      credentials: z.array(CredentialName).max(64),
      timeoutSeconds: z.number().int().positive(),
      deadline: Timestamp.nullable(),
    }),
    Task,
  ),
  createTasks: rpc(
    'task-manager',
    'createTasks',
    z.object({ ...by, tasks: CreateTasks.shape.tasks }),
    z.object({ items: z.array(CreatedTask) }),
  ),
  /**
   * From the scheduler, once a due time: the same fire answers what it did the first time, however late it is asked again. `skipped` by the overlap policy where the
   * task before is still open.
   */
  createScheduledTask: rpc(
    'task-manager',
    'createScheduledTask',
    z.object({
      actor: Actor,
      task: CreateTask,
      scheduleId: ScheduleId,
      fireId: FireId,
      overlap: z.enum(overlapPolicies),
      feedResult: z.boolean(),
    }),
    z.object({ outcome: z.enum(['created', 'skipped']), taskId: TaskId.nullable(), reason: z.string().nullable() }),
  ),
  /** What is wrong with a task, all of it, without making one: BAD_REQUEST, NOT_FOUND. Selectors that match nobody now are no fault. */
  checkTask: rpc('task-manager', 'checkTask', z.object({ task: CreateTask }), z.object({ zoneId: ZoneId, zoneName: z.string() })),
  listTasks: rpc(
    'task-manager',
    'listTasks',
    PageQuery.extend({
      zone: ZoneRef.optional(),
      scope: ZoneScope,
      status: RunStatus.optional(),
      schedule: ScheduleId.optional(),
      agent: AgentId.optional(),
    }),
    page(Task),
  ),
  getTask: rpc('task-manager', 'getTask', z.object({ id: TaskId }), Task),
  cancelTask: rpc('task-manager', 'cancelTask', z.object({ actor: Actor, id: TaskId }), Task),
  /** A new task like this one, with `retryOf`. WRONG_STATE while it is open. */
  retryTask: rpc('task-manager', 'retryTask', z.object({ ...by, id: TaskId, retry: RetryTask }), Task),
  cancelRun: rpc('task-manager', 'cancelRun', z.object({ actor: Actor, id: RunId }), Run),
  listRuns: rpc('task-manager', 'listRuns', PageQuery.extend({ taskId: TaskId }), page(Run)),
  getRun: rpc('task-manager', 'getRun', z.object({ id: RunId }), Run),
  /** Stored output from `afterSeq` on, oldest first, at most about 1 MiB an answer; `nextSeq` is null when there is no more now. */
  getLogs: rpc(
    'task-manager',
    'getLogs',
    z.object({ runId: RunId, afterSeq: z.number().int().min(0).default(0) }),
    z.object({
      chunks: z.array(
        z.object({
          seq: z.number().int(),
          attempt: z.number().int(),
          step: z.string(),
          stream: z.enum(['stdout', 'stderr']),
          atMs: z.number().int().nullable(),
          data: z.base64(),
          cut: z.boolean(),
        }),
      ),
      nextSeq: z.number().int().nullable(),
      finished: z.boolean(),
    }),
  ),
  /** Before a zone is deleted: how many of its tasks are open. With `close` they are canceled, and the zone takes no new ones from then on. */
  zoneClosing: rpc(
    'task-manager',
    'zoneClosing',
    z.object({ zoneId: ZoneId, close: z.boolean(), reason: z.string() }),
    z.object({ openTasks: z.number().int() }),
  ),
  createCredential: rpc('task-manager', 'createCredential', z.object({ ...by, zone: ZoneRef, credential: CreateCredential }), Credential),
  listCredentials: rpc('task-manager', 'listCredentials', PageQuery.extend({ zone: ZoneRef }), page(Credential)),
  updateCredential: rpc(
    'task-manager',
    'updateCredential',
    z.object({ actor: Actor, zone: ZoneRef, name: CredentialName, changes: UpdateCredential }),
    Credential,
  ),
  deleteCredential: rpc('task-manager', 'deleteCredential', z.object({ actor: Actor, zone: ZoneRef, name: CredentialName }), Done),
  listConcurrencyKeys: rpc('task-manager', 'listConcurrencyKeys', PageQuery.extend({ zone: ZoneRef }), page(ConcurrencyKey)),
  setConcurrencyKey: rpc(
    'task-manager',
    'setConcurrencyKey',
    z.object({ actor: Actor, zone: ZoneRef, key: ConcurrencyKeyName, capacity: z.number().int() }),
    ConcurrencyKey,
  ),
  deleteConcurrencyKey: rpc(
    'task-manager',
    'deleteConcurrencyKey',
    z.object({ actor: Actor, zone: ZoneRef, key: ConcurrencyKeyName }),
    Done,
  ),
  createWebhook: rpc('task-manager', 'createWebhook', z.object({ ...by, webhook: CreateWebhook }), Webhook),
  listWebhooks: rpc('task-manager', 'listWebhooks', PageQuery.extend({ zone: ZoneRef.optional(), scope: ZoneScope }), page(Webhook)),
  getWebhook: rpc('task-manager', 'getWebhook', z.object({ id: WebhookId }), Webhook),
  updateWebhook: rpc(
    'task-manager',
    'updateWebhook',
    z.object({ actor: Actor, id: WebhookId, changes: UpdateWebhook, ifRevision }),
    Webhook,
  ),
  deleteWebhook: rpc('task-manager', 'deleteWebhook', z.object({ actor: Actor, id: WebhookId, ifRevision }), Done),
  /** Newest first. Of one webhook, or of the callbacks of one task. */
  listDeliveries: rpc(
    'task-manager',
    'listDeliveries',
    PageQuery.extend({
      webhookId: WebhookId.optional(),
      taskId: TaskId.optional(),
      state: z.enum(['due', 'delivered', 'failed']).optional(),
    }),
    page(Delivery),
  ),
  /** Once more, at once. NOT_FOUND where it is of another webhook or task than the one named; WRONG_STATE while it is due anyway. */
  redeliver: rpc(
    'task-manager',
    'redeliver',
    z.object({ ...by, id: DeliveryId, webhookId: WebhookId.optional(), taskId: TaskId.optional() }),
    Delivery,
  ),
  getTaskKeys: rpc('task-manager', 'getTaskKeys', z.object({}), TaskKeySet),
  /** From the scheduler at every hello: stores the agent's session and answers, for each attempt that the agent knows, what to do with it. */
  agentHello: rpc(
    'task-manager',
    'agentHello',
    z.object({
      agentId: AgentId,
      zoneId: ZoneId,
      zoneName: z.string(),
      kind: AgentKind.default('agent'),
      session: SessionId,
      journalId: JournalId,
      maxConcurrentRuns: z.number().int(),
      /** Of the zone whose settings these are: an older one does not undo a newer. */
      zoneRevision: z.number().int().optional(),
      attempts: z.array(KnownAttempt),
      sealingKey: z.string().optional(),
      challenge: z.string().optional(),
      maxConcurrentRunsPerAgent: z.number().int().optional(),
    }),
    z.object({ verdicts: z.array(Verdict), taskKeys: TaskKeySet, signed: SignedHello.optional() }),
  ),
} as const;

/** Answered only after the transaction that stored the batch has committed. */
export const factContract: RequestContract<typeof FactBatch, typeof FactBatchReply> = {
  kind: 'fact',
  name: 'fact',
  version: 1,
  handledBy: 'task-manager',
  subscription: subjects.fact.wildcard(),
  everyReplica: false,
  request: FactBatch,
  reply: FactBatchReply,
};

export const webhooksChangedSubject = subjects.changed.build({ service: 'task-manager', what: 'webhooks' });

export const taskManagerHears = {
  primary: published('primary', 'task-manager', subjects.primary.wildcard(), PrimaryKey),
  /** From another replica, or this one. */
  webhooksChanged: published('changed.webhooks', 'task-manager', webhooksChangedSubject, z.object({ webhookId: z.string() })),
} as const;

const heardOf = (topic: 'host' | 'primary' | 'schedule' | 'resource') =>
  ({
    kind: 'consumer',
    name: `event.${topic}`,
    version: 1,
    handledBy: 'task-manager',
    subscription: subjects.event.wildcard({ topic }),
    everyReplica: false,
    stream: streams.events.name,
    durable: `task-manager-${topic}`,
    message: Event,
  }) satisfies ConsumerContract<typeof Event>;

/** What webhooks tell of tasks and runs is this service's own; of the rest it hears here. */
export const taskManagerConsumers = {
  hostEvents: heardOf('host'),
  primaryEvents: heardOf('primary'),
  scheduleEvents: heardOf('schedule'),
  resourceEvents: heardOf('resource'),
} as const;
