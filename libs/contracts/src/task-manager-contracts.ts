import { z } from 'zod';
import { TaskKeySet } from './agent.js';
import type { ConsumerContract, RequestContract } from './contract.js';
import { Actor, Idempotency, PageQuery, page, published, rpc } from './contract.js';
import { Event } from './event.js';
import { FactBatch, FactBatchReply } from './fact.js';
import { AgentId, JournalId, RunId, SessionId, TaskId, ZoneId } from './ids.js';
import { KnownAttempt, PrimaryKey, Verdict } from './presence.js';
import { streams } from './streams.js';
import { subjects } from './subjects.js';
import { CreateTask, Run, RunStatus, Task } from './task.js';
import { ZoneRef } from './zone.js';

export const taskManagerRpc = {
  createTask: rpc('task-manager', 'createTask', z.object({ actor: Actor, idempotency: Idempotency.optional(), task: CreateTask }), Task),
  listTasks: rpc('task-manager', 'listTasks', PageQuery.extend({ zone: ZoneRef.optional(), status: RunStatus.optional() }), page(Task)),
  getTask: rpc('task-manager', 'getTask', z.object({ id: TaskId }), Task),
  cancelTask: rpc('task-manager', 'cancelTask', z.object({ actor: Actor, id: TaskId }), Task),
  listRuns: rpc('task-manager', 'listRuns', PageQuery.extend({ taskId: TaskId }), page(Run)),
  getRun: rpc('task-manager', 'getRun', z.object({ id: RunId }), Run),
  /** Stored output from `afterSeq` on, oldest first, at most about 1 MiB an answer; `nextSeq` is null when there is no more now. */
  getLogs: rpc(
    'task-manager',
    'getLogs',
    z.object({ runId: RunId, afterSeq: z.number().int().min(0).default(0) }),
    z.object({
      chunks: z.array(
        z.object({ seq: z.number().int(), step: z.string(), stream: z.enum(['stdout', 'stderr']), data: z.base64(), cut: z.boolean() }),
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
  getTaskKeys: rpc('task-manager', 'getTaskKeys', z.object({}), TaskKeySet),
  /** From the scheduler at every hello: stores the agent's session and answers, for each attempt that the agent knows, what to do with it. */
  agentHello: rpc(
    'task-manager',
    'agentHello',
    z.object({
      agentId: AgentId,
      zoneId: ZoneId,
      zoneName: z.string(),
      session: SessionId,
      journalId: JournalId,
      maxConcurrentRuns: z.number().int(),
      /** Of the zone whose settings these are: an older one does not undo a newer. */
      zoneRevision: z.number().int().optional(),
      attempts: z.array(KnownAttempt),
    }),
    z.object({ verdicts: z.array(Verdict), taskKeys: TaskKeySet }),
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

export const taskManagerHears = {
  primary: published('primary', 'task-manager', subjects.primary.wildcard(), PrimaryKey),
} as const;

export const taskManagerConsumers = {
  hostEvents: {
    kind: 'consumer',
    name: 'event.host',
    version: 1,
    handledBy: 'task-manager',
    subscription: subjects.event.wildcard({ topic: 'host' }),
    everyReplica: false,
    stream: streams.events.name,
    durable: 'task-manager-host',
    message: Event,
  } satisfies ConsumerContract<typeof Event>,
} as const;
