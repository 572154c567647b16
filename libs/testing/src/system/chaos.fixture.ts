import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isTerminal } from '@klevr/contracts/task';
import { KlevrSystem } from '../klevr-system.js';
import { type RunningServers, type ServerName, startSharedServers } from '../shared-servers.js';
import { type Ended, TaskLoad } from './task-load.fixture.js';
import { Witness } from './witness.fixture.js';

/**
 * Tasks of two kinds while every process and every server is killed at random, one after the other, and started again.
 * Promises: which victim and when is decided by the seed, which is told with every fault. Does not: repeat a story exactly; the processes are real.
 */
export interface ChaosOptions {
  readonly tasks: number;
  readonly seed: number;
  /** Between the return of one victim and the loss of the next. */
  readonly calmMs: number;
  /** Of each of eight clients between two of its tasks. */
  readonly pauseMs: number;
  /** However slow the machine: until all tasks are accepted, and then until all have ended. */
  readonly acceptWithinMs: number;
  readonly endWithinMs: number;
}

export interface ChaosOutcome {
  readonly ended: readonly Ended[];
  readonly known: readonly string[];
  readonly killed: Readonly<Record<string, number>>;
  /** Whom nothing befell before the last task was accepted. */
  readonly spared: readonly string[];
  readonly faults: readonly string[];
}

/** Mulberry32: enough to pick victims by. */
const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const serverNames: readonly ServerName[] = ['nats', 'mariadb', 'redis'];
/** Every fourth task is one that may be begun again. */
const repeats = (index: number): boolean => index % 4 === 3;

export class Chaos {
  private readonly killed: Record<string, number> = {};
  private over = false;

  private constructor(
    private readonly servers: RunningServers,
    private readonly system: KlevrSystem,
    private readonly options: ChaosOptions,
  ) {}

  static async run(options: ChaosOptions): Promise<ChaosOutcome> {
    const servers = await startSharedServers(() => undefined);
    try {
      const system = await KlevrSystem.start({ servers, folder: join(servers.folder, 'system'), taskManagers: 2 });
      try {
        return await new Chaos(servers, system, options).play();
      } finally {
        await system.stop();
      }
    } finally {
      await servers.stop();
    }
  }

  private async play(): Promise<ChaosOutcome> {
    const { system, servers, options } = this;
    const [once, again] = [new Witness(join(servers.folder, 'once')), new Witness(join(servers.folder, 'overlaps'))];
    const agentIds = (await system.api.agents(system.zone)).map(({ id }) => id);
    const load = TaskLoad.start(system.api, {
      tasks: options.tasks,
      zone: system.zone,
      name: 'chaos',
      pauseMs: options.pauseMs,
      withinMs: options.acceptWithinMs,
      task: (index) => {
        const target = { agent: agentIds[index % agentIds.length] };
        if (!repeats(index)) return { target, steps: [{ name: 'once', run: `${once.script()} sleep 0.1` }] };
        // Whoever cannot get the lock of its run at once overlaps with an earlier attempt.
        const lock = `exec 9> '${servers.folder}/lock-'"$KLEVR_RUN_ID"; flock -n 9 || ${again.script()}`;
        return {
          target,
          execution: 'atLeastOnce',
          retryPolicy: { maxAttempts: 50, delaySeconds: 0.1, maxDelaySeconds: 1 },
          steps: [{ name: 'again', run: `${lock} sleep 1.5` }],
        };
      },
    });
    // Where one of the two fails, the other ends first: nothing is killed or started while the system is being stopped.
    const killing = this.kill();
    const accepted = load.accepted(options.tasks).finally(() => (this.over = true));
    await Promise.allSettled([accepted, killing]);
    await Promise.all([accepted, killing]);
    const ended = await load.ends(options.endWithinMs);
    const faults = [
      ...(await this.faultsOfOnce(ended, once)),
      ...(await this.faultsOfAgain(ended, again)),
      ...(await this.changedSince(ended)),
    ];
    const spared = this.victims().filter((name) => this.killed[name] === undefined);
    return { ended, known: await load.known(), killed: this.killed, spared, faults };
  }

  private victims(): string[] {
    return [...this.system.names(), ...serverNames];
  }

  /** Each once before any comes again. */
  private async kill(): Promise<void> {
    const random = randomOf(this.options.seed);
    let left: string[] = [];
    while (!this.over || left.length > 0) {
      if (left.length === 0) left = this.victims();
      const [victim = 'nats'] = left.splice(Math.floor(random() * left.length), 1);
      const awayMs = random() * 600;
      this.killed[victim] = (this.killed[victim] ?? 0) + 1;
      const server = serverNames.find((name) => name === victim);
      if (server !== undefined) await this.servers.restart(server, 'killed', awayMs);
      else {
        await this.system.signal(victim, 'SIGKILL');
        await pause(awayMs);
        await this.startAgain(victim);
      }
      await pause(this.options.calmMs * (0.5 + random()));
    }
  }

  /** A process may find that what it needs is not ready either; its supervisor would start it again. */
  private async startAgain(name: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.system.startAgain(name);
      } catch (error) {
        if (tries === 5) throw error;
        await pause(500);
      }
    }
  }

  private async faultsOfOnce(ended: readonly Ended[], witness: Witness): Promise<string[]> {
    const seen = await witness.counts();
    return ended.flatMap(({ task, runs: [run] }) => {
      if (task.execution !== 'atMostOnce' || run === undefined) return [];
      const times = seen.get(run.id) ?? 0;
      const told = `${run.id} ${run.status} (${run.reason?.code ?? ''} ${run.reason?.message ?? ''}), seen ${times} times`;
      if (times > 1) return [`${told}: ran twice`];
      if (run.status === 'succeeded') return times === 1 ? [] : [`${told}: a success that did not happen`];
      return run.status === 'lost' && run.reason !== null ? [] : [`${told}: neither succeeded nor lost with a reason`];
    });
  }

  private async faultsOfAgain(ended: readonly Ended[], overlaps: Witness): Promise<string[]> {
    const overlapped = await overlaps.counts();
    return ended.flatMap(({ task, runs: [run] }) => {
      if (task.execution !== 'atLeastOnce' || run === undefined) return [];
      if (overlapped.has(run.id)) return [`${run.id}: two attempts of it ran at once`];
      return run.status === 'succeeded'
        ? []
        : [`${run.id} ${run.status} (${run.reason?.code ?? ''} ${run.reason?.message ?? ''}), attempt ${run.attempt}`];
    });
  }

  /** An end that was told is the end: nothing that comes later changes it. */
  private async changedSince(ended: readonly Ended[]): Promise<string[]> {
    await this.system.settled();
    const faults: string[] = [];
    for (const { task, runs } of ended) {
      if (runs.length !== 1) faults.push(`${task.id} has ${runs.length} runs`);
      const now = await this.system.api.get<{ status: typeof task.status }>(`/tasks/${task.id}`);
      if (!isTerminal(task.status) || now.status !== task.status) faults.push(`${task.id} was ${task.status} and is ${now.status}`);
    }
    return faults;
  }
}
