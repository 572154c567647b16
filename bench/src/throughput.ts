import { type Run, type Task, isTerminal } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import type { KlevrSystem } from '@klevr/testing/klevr-system';
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

/** Accepted (201, the task is durable) → the first step started, at a steady rate of arrival. */
export const measureStartLatency = async (system: KlevrSystem, options: { perSecond: number; seconds: number }): Promise<void> => {
  for (const [label, step] of [
    ['Noop', noop],
    ['shell', shell],
  ] as const) {
    const ids = await agentIds(system);
    const posted: Promise<Task>[] = [];
    const count = options.perSecond * options.seconds;
    const startedAt = performance.now();
    for (let index = 0; index < count; index += 1) {
      const dueMs = startedAt + (index * 1000) / options.perSecond - performance.now();
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      posted.push(system.api.createTask(taskOf(system, ids[index % ids.length] ?? '', step)));
    }
    const samples: number[] = [];
    for (const { id } of await Promise.all(posted)) {
      await system.api.taskEnd(id);
      for (const run of await system.api.runs(id)) samples.push(startLatency(run));
    }
    printFigure(`accepted to first step started (${label})`, spread(samples), {
      tasksPerSecond: options.perSecond,
      seconds: options.seconds,
      agents: ids.length,
    });
  }
};

const startLatency = (run: Run): number => {
  if (run.startedAt === null) throw new Error(`${run.id} did not start: ${run.status}`);
  return Date.parse(run.startedAt) - Date.parse(run.createdAt);
};

/** Durable tasks a second: from the first POST to the end of the last task, each accepted over HTTP and read back as succeeded. */
export const measureThroughput = async (
  system: KlevrSystem,
  options: { kind: 'Noop' | 'shell'; tasks: number; clients: number },
): Promise<void> => {
  const ids = await agentIds(system);
  const step = options.kind === 'Noop' ? noop : shell;
  const tasks: string[] = [];
  const answerMs: number[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    for (let index = next++; index < options.tasks; index = next++) {
      const postedAt = performance.now();
      tasks.push((await system.api.createTask(taskOf(system, ids[index % ids.length] ?? '', step))).id);
      answerMs.push(performance.now() - postedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: options.clients }, client));
  const acceptedAt = performance.now();
  await eventually('all tasks end', 300_000, async () => (await openTasks(system)) === 0 || undefined);
  const seconds = (performance.now() - startedAt) / 1000;
  await mustHaveSucceeded(system, tasks);
  printFigure(
    `durable tasks a second, end to end (${options.kind})`,
    {
      perSecond: options.tasks / seconds,
      acceptedPerSecond: (options.tasks * 1000) / (acceptedAt - startedAt),
      postP50Ms: percentile(answerMs, 50),
      postP99Ms: percentile(answerMs, 99),
    },
    { tasks: options.tasks, clients: options.clients, agents: ids.length },
  );
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
