import type { Run, Task } from '@klevr/contracts/task';
import { eventually } from '@klevr/testing/eventually';
import type { KlevrSystem } from '@klevr/testing/klevr-system';
import { EpochProbe } from './epoch-probe.js';
import { printFigure, spread } from './figures.js';

/**
 * From the loss of the primary to the first command that an agent accepted under the next epoch: tasks for a secondary that lives on are
 * posted every few milliseconds, and the agent's own time of acceptance tells. All clocks are those of one machine.
 */
const postEveryMs = 4;

interface Loss {
  readonly figure: string;
  readonly rounds: number;
  readonly settings: Record<string, unknown>;
  /** Takes the primary away and answers how to bring it back. */
  take(system: KlevrSystem, name: string, agentId: string): Promise<() => Promise<void>>;
}

export const measureLoss = async (system: KlevrSystem, loss: Loss): Promise<void> => {
  const samples: number[] = [];
  const gaps: number[] = [];
  const answers: number[] = [];
  const probe = await EpochProbe.open(system);
  for (let round = 0; round < loss.rounds; round += 1) {
    await system.settled();
    const before = await system.api.primary(system.zone);
    if (before === null) throw new Error('the zone has no primary');
    const witness = (await system.api.agents(system.zone)).find((agent) => agent.id !== before.agentId);
    if (witness === undefined) throw new Error('the zone has no secondary');
    const name = await system.nameOf(before.agentId);
    const answered = probe.firstAnswerAbove(before.epoch);
    const takenAtMs = Date.now();
    const giveBack = await loss.take(system, name, before.agentId);
    answers.push((await answered) - takenAtMs);
    samples.push((await firstAccepted(system, witness.id, before.epoch)) - takenAtMs);
    const term = (await system.api.terms(system.zone)).find((one) => one.epoch > before.epoch && one.gapMs !== null);
    if (term !== undefined && term.gapMs !== null) gaps.push(term.gapMs);
    await giveBack();
  }
  await probe.close();
  printFigure(`${loss.figure}: first command answered by the next primary`, spread(answers), loss.settings);
  printFigure(`${loss.figure}: first task accepted by an agent under the next epoch`, spread(samples), {
    ...loss.settings,
    postEveryMs,
    schedulers: 2,
    agents: 3,
  });
  if (gaps.length > 0) printFigure(`${loss.figure}: gap as the history of terms has it`, spread(gaps), loss.settings);
};

/** When (unix ms) a run was first accepted under an epoch above this one. */
const firstAccepted = async (system: KlevrSystem, agentId: string, above: number): Promise<number> => {
  const posted: Promise<Task>[] = [];
  const task = { name: 'noop', zone: system.zone, target: { agent: agentId }, steps: [{ name: 'noop', use: 'Noop' }] };
  let newEpoch = false;
  const poster = setInterval(() => {
    if (posted.length < 5_000 && !newEpoch) posted.push(system.api.createTask(task));
  }, postEveryMs);
  try {
    await eventually('a new epoch', 20_000, async () => ((await system.api.primary(system.zone))?.epoch ?? 0) > above || undefined);
    await new Promise((resolve) => setTimeout(resolve, 5 * postEveryMs));
  } finally {
    newEpoch = true;
    clearInterval(poster);
  }
  const tasks = await Promise.all(posted);
  const accepted: number[] = [];
  for (const { id } of tasks) {
    await system.api.taskEnd(id);
    const runs: Run[] = await system.api.runs(id);
    for (const run of runs) if ((run.epoch ?? 0) > above && run.acceptedAt !== null) accepted.push(Date.parse(run.acceptedAt));
  }
  if (accepted.length === 0) throw new Error('no run was accepted under the new epoch');
  return Math.min(...accepted);
};

export const losses = (rounds: { kill: number; stop: number; handOver: number }): Loss[] => [
  {
    figure: 'failover after kill -9 of the primary',
    rounds: rounds.kill,
    settings: { signal: 'SIGKILL' },
    take: async (system, name) => {
      await system.signal(name, 'SIGKILL');
      return () => system.startAgain(name);
    },
  },
  {
    figure: 'failover after SIGSTOP of the primary',
    rounds: rounds.stop,
    settings: { signal: 'SIGSTOP' },
    take: async (system, name) => {
      await system.signal(name, 'SIGSTOP');
      return () => system.signal(name, 'SIGCONT');
    },
  },
  {
    figure: 'planned hand-over',
    rounds: rounds.handOver,
    settings: { call: 'POST /zones/{zone}/primary/handover' },
    take: async (system) => {
      await system.api.post(`/zones/${system.zone}/primary/handover`, {});
      return () => Promise.resolve();
    },
  },
];
