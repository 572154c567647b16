import { type Run, type Task, isTerminal } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import type { KlevrSystem } from '@klevr/testing/klevr-system';
import { LoadClient } from './load-client.js';
import { percentile, printFigure, spread } from './figures.js';

const taskOf = (system: KlevrSystem, agentId: string, step: object): object => ({
  name: 'bench',
  zone: system.zone,
  target: { agent: agentId },
  steps: [step],
});

const noop = { name: 'noop', use: 'Noop' };
const shell = { name: 'shell', run: ':' };

const agentIds = async (system: KlevrSystem): Promise<string[]> => (await system.api.agents(system.zone)).map((agent) => agent.id);

/**
 * The first step's start at a steady rate of arrival, from two beginnings: the moment the 201 was in the client's hands (the task is durable), and the
 * moment the request reached the task-manager. The start is the agent's own time, brought to the centre's clock; all processes share one machine.
 */
export const measureStartLatency = async (system: KlevrSystem, options: { perSecond: number; seconds: number }): Promise<void> => {
  await startLatency(system, noop, { perSecond: options.perSecond, seconds: 3 });
  for (const [label, step] of [
    ['Noop', noop],
    ['shell', shell],
  ] as const) {
    const samples = await startLatency(system, step, options);
    const settings = { tasksPerSecond: options.perSecond, seconds: options.seconds, agents: 3, natsSync: 'always' };
    printFigure(`accepted (201) to first step started (${label})`, spread(samples.map(({ answered }) => answered)), settings);
    printFigure(`request received to first step started (${label})`, spread(samples.map(({ received }) => received)), settings);
  }
};

const startLatency = async (
  system: KlevrSystem,
  step: object,
  options: { perSecond: number; seconds: number },
): Promise<{ answered: number; received: number }[]> => {
  const ids = await agentIds(system);
  const posted: Promise<{ id: string; answeredAtMs: number }>[] = [];
  const count = options.perSecond * options.seconds;
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) {
    const dueMs = startedAt + (index * 1000) / options.perSecond - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    const task = taskOf(system, ids[index % ids.length] ?? '', step);
    posted.push(system.api.createTask(task).then(({ id }) => ({ id, answeredAtMs: Date.now() })));
  }
  const samples: { answered: number; received: number }[] = [];
  for (const { id, answeredAtMs } of await Promise.all(posted)) {
    await system.api.taskEnd(id);
    for (const run of await system.api.runs(id)) {
      const startedMs = startOf(run);
      samples.push({ answered: startedMs - answeredAtMs, received: startedMs - Date.parse(run.createdAt) });
    }
  }
  return samples;
};

const startOf = (run: Run): number => {
  if (run.startedAt === null) throw new Error(`${run.id} did not start: ${run.status}`);
  return Date.parse(run.startedAt);
};

/** Durable tasks a second: from the first POST to the end of the last task, each accepted over HTTP and read back as succeeded. */
export const measureThroughput = async (system: KlevrSystem, options: Load): Promise<void> => {
  const { seconds, acceptedSeconds, answerMs, agents } = await load(system, options);
  printFigure(
    `durable tasks a second, end to end (${options.kind})`,
    {
      perSecond: options.tasks / seconds,
      acceptedPerSecond: options.tasks / acceptedSeconds,
      postP50Ms: percentile(answerMs, 50),
      postP99Ms: percentile(answerMs, 99),
    },
    { tasks: options.tasks, clients: options.clients, tasksARequest: options.atOnce ?? 1, agents, natsSync: 'always', warmUpTasks },
  );
};

/** Code paths are compiled and tables cached before anything is timed. */
export const warmUp = async (system: KlevrSystem): Promise<void> => {
  await load(system, { kind: 'Noop', tasks: warmUpTasks, clients: 64 });
};

const warmUpTasks = 3_000;

interface Load {
  readonly kind: 'Noop' | 'shell';
  readonly tasks: number;
  readonly clients: number;
  /** Tasks that one request makes: `POST /tasks/bulk` where they are more than one. */
  readonly atOnce?: number;
}

const load = async (
  system: KlevrSystem,
  options: Load,
): Promise<{ seconds: number; acceptedSeconds: number; answerMs: number[]; agents: number }> => {
  const ids = await agentIds(system);
  const step = options.kind === 'Noop' ? noop : shell;
  const posts = new LoadClient(system.api, options.clients);
  const tasks: string[] = [];
  const answerMs: number[] = [];
  const { atOnce = 1 } = options;
  let next = 0;
  const client = async (): Promise<void> => {
    for (let first = next; first < options.tasks; first = next) {
      next += atOnce;
      const count = Math.min(atOnce, options.tasks - first);
      const bodies = Array.from({ length: count }, (_, index) => taskOf(system, ids[(first + index) % ids.length] ?? '', step));
      const postedAt = performance.now();
      tasks.push(...(await posts.create(bodies)));
      answerMs.push(performance.now() - postedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: options.clients }, client));
  const acceptedAt = performance.now();
  await eventually('all tasks end', 300_000, async () => (await openTasks(system)) === 0 || undefined);
  const seconds = (performance.now() - startedAt) / 1000;
  await posts.close();
  await mustHaveSucceeded(system, tasks);
  return { seconds, acceptedSeconds: (acceptedAt - startedAt) / 1000, answerMs, agents: ids.length };
};

const openTasks = async (system: KlevrSystem): Promise<number> => {
  const counts = await Promise.all(
    ['queued', 'dispatched', 'running'].map(
      async (status) => (await system.api.get<{ items: Task[] }>(`/tasks?status=${status}&limit=1`)).items.length,
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};

const mustHaveSucceeded = async (system: KlevrSystem, tasks: readonly string[]): Promise<void> => {
  for (const id of tasks) {
    const task = await system.api.get<Task>(`/tasks/${id}`);
    if (!isTerminal(task.status) || task.status !== 'succeeded') throw new Error(`${id} is ${task.status}`);
  }
};
