import type { RequestInput } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import type { Run, Task, TerminalStatus } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import type { Bus, Subscription } from '@klevr/messaging/bus';
import { StreamPublisher } from '@klevr/messaging/jetstream-publish';
import { eventually } from '@klevr/testing/eventually';

type Asked = RequestInput<typeof taskManagerRpc.createOperationTask>;
type AskedScript = RequestInput<typeof taskManagerRpc.createTask>;
interface Played {
  task: Task;
  run: Run;
}
interface Given extends Played {
  readonly asked: Asked;
}

/** The side of the task-manager, played by a test: it makes tasks of operations, and gives their runs to whom the test says. */
export class FakeTaskManager {
  readonly asked: Asked[] = [];
  /** Tasks for agents, by operation and stage. */
  readonly scripts = new Map<string, Played & { readonly asked: AskedScript; readonly log: string[] }>();
  readonly canceled: string[] = [];
  /** Throws to refuse. */
  onCreate: (asked: Asked) => void = () => undefined;
  private readonly byOperation = new Map<string, Given>();
  private listening: Subscription[] = [];

  constructor(private readonly bus: Bus) {
    this.listen();
  }

  listen(): void {
    const rpc = taskManagerRpc;
    this.play(rpc.createOperationTask.subscription, (asked: Asked) => this.create(asked));
    this.play(rpc.createTask.subscription, (asked: AskedScript) => this.createScript(asked));
    this.play(rpc.getLogs.subscription, ({ runId }: { runId: string }) => this.logOf(runId));
    this.play(rpc.getTask.subscription, ({ id }: { id: string }) => this.played((of) => of.task.id === id).task);
    this.play(rpc.getRun.subscription, ({ id }: { id: string }) => this.played((of) => of.run.id === id).run);
    this.play(rpc.listRuns.subscription, ({ taskId }: { taskId: string }) => {
      return { items: [this.played((of) => of.task.id === taskId).run], nextCursor: null };
    });
    this.play(rpc.cancelTask.subscription, ({ id }: { id: string }) => {
      this.canceled.push(id);
      return this.played((of) => of.task.id === id).task;
    });
  }

  /** As if it had gone down. */
  deafen(): void {
    for (const subscription of this.listening) subscription.unsubscribe();
    this.listening = [];
  }

  /** The operation's task, once it was asked for. */
  taskOf(operationId: string): Promise<Task> {
    return eventually(`the task of ${operationId}`, 15_000, () => this.byOperation.get(operationId)?.task);
  }

  /** Gives the next attempt of an operation's run to a worker. */
  async give(operationId: string, agentId: string): Promise<{ runId: string; attempt: number; taskId: string }> {
    await this.taskOf(operationId);
    const given = this.given((of) => of.asked.step.operationId === operationId);
    given.run = { ...given.run, agentId, status: 'running', attempt: given.run.attempt + 1 };
    return { runId: given.run.id, attempt: given.run.attempt, taskId: given.task.id };
  }

  /** The task ends, and everybody is told. */
  async end(operationId: string, status: TerminalStatus, reason: { code: string; message: string } | null): Promise<void> {
    const given = this.given((of) => of.asked.step.operationId === operationId);
    given.task = { ...given.task, status, finishedAt: new Date().toISOString() };
    await this.tell('task', {
      type: 'task.status',
      zoneId: given.task.zoneId,
      subjectId: given.task.id,
      data: { name: given.task.name, status, reason },
    });
  }

  /** A script of an operation ends, once it was asked for. */
  async endScript(operationId: string, stage: string, agentId: string, end: { output?: unknown; log?: string } = {}): Promise<AskedScript> {
    const key = `${operationId} ${stage}`;
    const played = await eventually(`the task ${key}`, 15_000, () => this.scripts.get(key));
    const status = end.log === undefined ? 'succeeded' : 'failed';
    const at = new Date().toISOString();
    const output = end.output === undefined ? null : JSON.stringify(end.output);
    const reason = end.log === undefined ? null : { code: 'STEP_FAILED' as const, message: `step ${stage} exited with 3`, since: at };
    if (end.log !== undefined) played.log.push(end.log);
    played.run = { ...played.run, agentId, status, output, reason, startedAt: at, finishedAt: at, attempt: 1 };
    played.task = { ...played.task, status, reason, finishedAt: at };
    const { zoneId, id: subjectId, name } = played.task;
    await this.tell('task', { type: 'task.status', zoneId, subjectId, data: { name, status, reason } });
    return played.asked;
  }

  private async tell(topic: 'task', event: Omit<Event, 'id' | 'time'>): Promise<void> {
    const id = newId('message');
    const body: Event = { id, time: new Date().toISOString(), ...event };
    const subject = subjects.event.build({ topic, zone: event.zoneId, id: event.subjectId });
    await new StreamPublisher(this.bus).publish({ id, subject, schema: 'event', body: JSON.stringify(body) });
  }

  private create(asked: Asked): Task {
    this.asked.push(asked);
    this.onCreate(asked);
    const { operationId } = asked.step;
    const known = this.byOperation.get(operationId);
    if (known !== undefined) return known.task;
    const task = taskOf(asked);
    this.byOperation.set(operationId, { asked, task, run: runOf(task) });
    return task;
  }

  private createScript(asked: AskedScript): Task {
    const key = asked.idempotency?.key ?? '';
    const known = this.scripts.get(key);
    if (known !== undefined) return known.task;
    const { name, zone, target, timeoutSeconds = null } = asked.task;
    const common = { ...taskCommon(), id: newId('task'), name, zoneId: zone, zoneName: 'zone', steps: [], timeoutSeconds, deadline: null };
    const task: Task = { ...common, target: target as Task['target'], concurrencyKey: null };
    this.scripts.set(key, { asked, task, run: runOf(task), log: [] });
    return task;
  }

  private logOf(runId: string): unknown {
    const log = [...this.scripts.values()].find(({ run }) => run.id === runId)?.log ?? [];
    const chunk = { seq: 1, attempt: 1, step: 'x', stream: 'stderr', atMs: null, cut: false };
    return { chunks: log.map((text) => ({ ...chunk, data: Buffer.from(text).toString('base64') })), nextSeq: null, finished: true };
  }

  private played(fits: (played: Played) => boolean): Played {
    const found = [...this.byOperation.values(), ...this.scripts.values()].find(fits);
    if (found === undefined) throw new AppError('NOT_FOUND', 'There is no such thing');
    return found;
  }

  private given(fits: (given: Given) => boolean): Given {
    const found = [...this.byOperation.values()].find(fits);
    if (found === undefined) throw new AppError('NOT_FOUND', 'There is no such thing');
    return found;
  }

  private play<T>(subject: string, answer: (request: T) => unknown): void {
    const subscription = this.bus.subscribe(subject, (message) => {
      const respond = (body: unknown): boolean => this.bus.respond(message.reply ?? '', body);
      try {
        respond({ ok: true, data: answer(message.json() as T) });
      } catch (error) {
        respond({ ok: false, error: error instanceof AppError ? error.toBody() : { code: 'INTERNAL', message: String(error) } });
      }
    });
    this.listening.push(subscription);
  }
}

const taskOf = ({ name, zoneId, target, step, timeoutSeconds, deadline }: Asked): Task => ({
  ...{ ...taskCommon(), id: newId('task'), name, zoneId, zoneName: 'zone', target, steps: stepsOf(step), timeoutSeconds, deadline },
  concurrencyKey: `resource:${step.resource.id}`,
});

const taskCommon = () => ({
  ...{ recovery: [], parameters: {}, execution: 'atLeastOnce' as const, retryPolicy: null, resumable: false, priority: 0 },
  ...{ supersedes: null, credentials: [], killGraceSeconds: 30, maxLogBytes: 1_024, scheduledAt: null, scheduleId: null },
  ...{ retryOf: null, batches: null, status: 'queued' as const, reason: null, runs: { total: 1, byStatus: {} } },
  ...{ callbacks: [], createdBy: 'test', createdAt: new Date().toISOString(), finishedAt: null },
});

const stepsOf = (step: Asked['step']): Task['steps'] => [{ name: step.action, retries: 0, use: 'Provision', with: step }];

const runOf = ({ id, zoneId }: Task): Run => ({
  ...{
    id: newId('run'),
    taskId: id,
    zoneId,
    agentId: null,
    status: 'queued',
    attempt: 0,
    epoch: null,
    createdAt: new Date().toISOString(),
  },
  reason: { code: 'NO_AGENT_MATCHES', message: 'no worker', since: new Date().toISOString() },
  ...{ dispatchedAt: null, acceptedAt: null, startedAt: null, finishedAt: null, exitCode: null, output: null, batch: null, logCut: false },
  ...{ attempts: [], steps: [] },
});
