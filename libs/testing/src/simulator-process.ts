import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SimulatorWord, type SimulatorCounts, type SimulatorOrder } from '@klevr/contracts/simulation';
import { workspaceRoot } from '@klevr/launcher/klevr-home';

/**
 * A process of simulated agents (the built code) and the channel to it.
 * Promises: it dies with this process, and before that does what it is told. Does not: start it again.
 */
const program = join(workspaceRoot, 'services', 'agent', 'dist', 'simulate', 'main.js');
const stopGraceMs = 9_500;

export interface SimulatorProcessOptions {
  /** What it logs goes there; only warnings unless said otherwise. */
  readonly logFile: string;
  readonly logLevel?: string;
  /** Flags for Node, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
}

export type Taken = Extract<SimulatorWord, { kind: 'taken' }>['agents'];

export class SimulatorProcess {
  readonly exited: Promise<void>;
  counts: SimulatorCounts | undefined;
  private readonly listeners = new Set<(word: SimulatorWord) => void>();
  private gone = false;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => this.hear(SimulatorWord.parse(message)));
    // An order that meets a process that has just ended.
    child.on('error', () => undefined);
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()));
    void this.exited.then(() => {
      this.gone = true;
      for (const listener of [...this.listeners]) listener({ kind: 'failed', reason: 'the simulator has ended' });
    });
  }

  static start({ logFile, logLevel = 'warn', nodeFlags = [] }: SimulatorProcessOptions): SimulatorProcess {
    mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
    const log = openSync(logFile, 'a', 0o600);
    const child = fork(program, {
      // A session of its own: Ctrl-C in a terminal is for the one that gives the orders.
      detached: true,
      execArgv: ['--enable-source-maps', ...nodeFlags],
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: process.env.HOME ?? '/', KLEVR_LOG_LEVEL: logLevel },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    return new SimulatorProcess(child);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the simulator did not start');
    return this.child.pid;
  }

  join(order: Omit<Extract<SimulatorOrder, { kind: 'join' }>, 'kind'>): void {
    this.order({ kind: 'join', ...order });
  }

  /** Takes secondaries away; answers who, and when in unix milliseconds. */
  async take(how: 'cut' | 'silence', agents: number): Promise<Taken> {
    const taken = this.until('the taking of agents', 30_000, (word) => (word.kind === 'taken' ? word.agents : undefined));
    this.order({ kind: 'take', how, agents });
    return taken;
  }

  /** Resolves once what it tells of itself is as wanted. Throws where it ends before, or the time is over. */
  countsAre(what: string, timeoutMs: number, wanted: (counts: SimulatorCounts) => boolean): Promise<SimulatorCounts> {
    return this.until(what, timeoutMs, (word) => (word.kind === 'counts' && wanted(word.counts) ? word.counts : undefined));
  }

  onCounts(listener: (counts: SimulatorCounts) => void): void {
    this.listeners.add((word) => word.kind === 'counts' && listener(word.counts));
  }

  onFailure(listener: (reason: string) => void): void {
    this.listeners.add((word) => word.kind === 'failed' && listener(word.reason));
  }

  /** Goodbyes, then the end; SIGKILL after the grace. */
  async stop(graceMs = stopGraceMs): Promise<void> {
    if (this.gone) return;
    this.order({ kind: 'stop', withinMs: graceMs * 0.95 });
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.exited.finally(() => clearTimeout(timer));
  }

  /** At once, without a word to anybody. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  private order(order: SimulatorOrder): void {
    if (this.child.connected) this.child.send(order);
  }

  private hear(word: SimulatorWord): void {
    if (word.kind === 'counts') this.counts = word.counts;
    for (const listener of [...this.listeners]) listener(word);
  }

  private until<T>(what: string, timeoutMs: number, find: (word: SimulatorWord) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.listeners.delete(listener);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${what}: not within ${timeoutMs} ms; last counts: ${JSON.stringify(this.counts)}`));
      }, timeoutMs);
      const listener = (word: SimulatorWord): void => {
        const found = find(word);
        if (found === undefined && word.kind !== 'failed') return;
        end();
        if (found !== undefined) resolve(found);
        else reject(new Error(`${what}: ${word.kind === 'failed' ? word.reason : ''}`));
      };
      this.listeners.add(listener);
    });
  }
}
