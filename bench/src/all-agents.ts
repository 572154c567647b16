import type { RunningServers } from '@klevr/testing/shared-servers';
import { makeSimulatedZones } from '@klevr/testing/simulated-zones';
import type { Task } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import { percentile, printFigure } from './figures.js';
import { SimulatedSystem } from './simulated-system.js';

/** One task for every agent of a large zone: how soon it is stored, and how soon the last of its runs has ended. The agents are simulated and share the machine. */
export interface AllOptions {
  readonly agents: number;
  readonly processes: number;
  readonly rounds: number;
}

const joinMs = 1_800_000;
const endMs = 600_000;

export const measureAll = async (servers: RunningServers, options: AllOptions, say: (line: string) => void): Promise<void> => {
  const simulated = await SimulatedSystem.start(servers, say);
  const { api } = simulated.system;
  try {
    const perProcess = Math.floor(options.agents / options.processes);
    const [zone] = await makeSimulatedZones(api, {
      name: `all-${Date.now().toString(36)}`,
      zones: 1,
      settings: { heartbeatSeconds: 30, lostAfterSeconds: 600, maxConcurrentRuns: 10_000 },
      tokens: [{ labels: {}, maxUses: options.agents }],
    });
    if (zone === undefined) throw new Error('the zone was not made');
    for (let number = 1; number <= options.processes; number += 1) {
      await simulated.join(`all-${number}`, [zone.joinTokens[0] ?? ''], perProcess, joinMs);
    }
    const body = { name: 'everywhere', zone: zone.name, target: { all: '' }, steps: [{ name: 'noop', use: 'Noop' }], timeoutSeconds: 600 };
    const [answerMs, endsMs]: [number[], number[]] = [[], []];
    for (let round = 0; round < options.rounds; round += 1) {
      const postedAt = performance.now();
      const { id } = await api.createTask(body);
      answerMs.push(performance.now() - postedAt);
      const task = await eventually<Task>(`the end of ${id}`, endMs, async () => {
        const seen = await api.get<Task>(`/tasks/${id}`);
        return seen.finishedAt === null ? undefined : seen;
      });
      if (task.status !== 'succeeded' || task.runs.total !== perProcess * options.processes)
        throw new Error(`${id}: ${JSON.stringify(task.runs)}`);
      endsMs.push(Date.parse(task.finishedAt ?? '') - Date.parse(task.createdAt));
    }
    const settings = { ...options, schedulers: 2, natsSync: 'always' };
    const runsPerSecond = (perProcess * options.processes * 1000) / percentile(endsMs, 50);
    printFigure(
      'one task for all agents: stored, and the last run ended',
      { answerP50Ms: percentile(answerMs, 50), endP50Ms: percentile(endsMs, 50), endMaxMs: Math.max(...endsMs), runsPerSecond },
      settings,
    );
  } finally {
    await simulated.stop();
  }
};
