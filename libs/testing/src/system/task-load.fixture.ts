import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@klevr/contracts/ids';
import { type Run, type Task, isTerminal } from '@klevr/contracts/task';
import type { Api } from '../api.js';
import { eventually } from '../eventually.js';

/**
 * Many tasks from a client that does what a careful one does: an Idempotency-Key for each, and the same request again while nobody answers it well.
 * Promises: a task counts as accepted once its 201 came. Throws where the API refuses one for good.
 */
export interface LoadOptions {
  readonly tasks: number;
  readonly zone: string;
  /** Told apart from other loads of the zone by it. */
  readonly name: string;
  /** What a task has besides zone and name. */
  readonly task: (index: number) => object;
  readonly inFlight?: number;
  /** Between the answer to one request and the next of the same client. */
  readonly pauseMs?: number;
  /** All must be accepted by then. */
  readonly withinMs?: number;
}

export interface Ended {
  readonly task: Task;
  readonly runs: Run[];
}

const again = { everyMs: 100, forMs: 45_000 };

export class TaskLoad {
  readonly ids: string[] = [];
  private readonly finished: Promise<void>;
  private onAccepted: () => void = () => undefined;
  private next = 0;

  private constructor(
    private readonly api: Api,
    private readonly options: LoadOptions,
  ) {
    const clients = Array.from({ length: options.inFlight ?? 8 }, () => this.client());
    this.finished = Promise.all(clients).then(() => undefined);
    // It is awaited later; until then a failure must not end the process.
    this.finished.catch(() => this.onAccepted());
  }

  static start(api: Api, options: LoadOptions): TaskLoad {
    return new TaskLoad(api, options);
  }

  /** Resolves when so many have been accepted. */
  async accepted(count: number): Promise<void> {
    while (this.ids.length < count) {
      const progress = new Promise<void>((resolve) => (this.onAccepted = resolve));
      await Promise.race([progress, this.finished]);
    }
  }

  /** Every task with its runs, once all have been accepted and have ended. */
  async ends(timeoutMs: number): Promise<Ended[]> {
    await this.finished;
    const deadline = performance.now() + timeoutMs;
    const waiting = [...this.ids];
    const ended: Ended[] = [];
    const look = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) ended.push(await this.endOf(id, deadline));
    };
    await Promise.all(Array.from({ length: 8 }, look));
    return ended;
  }

  /** Every task of this load that the API knows, by name: a request that was taken twice stands there twice. */
  async known(): Promise<string[]> {
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await this.api.get<{ items: Task[]; nextCursor: string | null }>(`/tasks?zone=${this.options.zone}&limit=200${after}`);
      names.push(...page.items.map(({ name }) => name).filter((name) => name.startsWith(`${this.options.name} `)));
      cursor = page.nextCursor;
    }
    return names;
  }

  private async endOf(id: string, deadline: number): Promise<Ended> {
    const task = await eventually(`the end of ${id}`, Math.max(0, deadline - performance.now()), async () => {
      const found = await this.api.get<Task>(`/tasks/${id}`);
      return isTerminal(found.status) ? found : undefined;
    });
    return { task, runs: await eventually(`the runs of ${id}`, 5_000, () => this.api.runs(id)) };
  }

  private async client(): Promise<void> {
    const { tasks, withinMs = Number.POSITIVE_INFINITY } = this.options;
    const deadline = performance.now() + withinMs;
    while (this.next < tasks) {
      if (performance.now() > deadline) throw new Error(`${this.ids.length} of ${tasks} tasks were accepted within ${withinMs} ms`);
      const index = this.next++;
      const task = { zone: this.options.zone, name: `${this.options.name} ${index}`, ...this.options.task(index) };
      this.ids.push(await this.submit(task));
      this.onAccepted();
      if (this.options.pauseMs !== undefined) await pause(this.options.pauseMs);
    }
  }

  private async submit(task: object): Promise<string> {
    const key = newId('message');
    const deadline = performance.now() + again.forMs;
    for (;;) {
      const answer = await this.api.raw('POST', '/tasks', task, { 'idempotency-key': key }).catch(() => undefined);
      const text = await answer?.text().catch(() => undefined);
      if (answer?.status === 201 && text !== undefined) return (JSON.parse(text) as Task).id;
      if (answer !== undefined && answer.status < 500 && answer.status !== 429) throw new Error(`refused with ${answer.status}: ${text}`);
      if (performance.now() > deadline) throw new Error(`not accepted within ${again.forMs} ms: ${answer?.status} ${text}`);
      await pause(again.everyMs);
    }
  }
}
