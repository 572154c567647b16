import { readFileSync, readdirSync } from 'node:fs';
import { parseStat } from './process-group.js';

/**
 * Looks for processes in Linux's /proc.
 * Promises: everybody who asks while a look waits to begin shares it; the event loop gets its turn between small parts, however many processes there are;
 * what is dead and only waits to be collected is not found. Does not: see processes that came and went during the look, or the environment of another user's
 * process where the agent may not; find anything without /proc.
 */
export interface SeenProcess {
  readonly pid: number;
  readonly group: number;
  readonly session: number;
  /** Whether this stands in the environment that it was started with, as `NAME=value`. */
  readonly carries: (variable: string) => boolean;
}

type Matches = (seen: SeenProcess) => boolean;
interface Question {
  readonly matches: Matches;
  readonly answer: (pids: number[]) => void;
}

const processesATurn = 64;

export class ProcessSearch {
  private questions: Question[] = [];
  private looking: Promise<void> | undefined;

  constructor(private readonly proc = '/proc') {}

  find(matches: Matches): Promise<number[]> {
    return new Promise((answer) => {
      this.questions.push({ matches, answer });
      this.looking ??= this.lookForAll();
    });
  }

  private async lookForAll(): Promise<void> {
    await turn();
    while (this.questions.length > 0) {
      const questions = this.questions;
      this.questions = [];
      const found = questions.map((): number[] => []);
      let looked = 0;
      for (const pid of this.processIds()) {
        const seen = this.seen(pid);
        if (seen !== undefined) for (const [index, { matches }] of questions.entries()) if (matches(seen)) found[index]?.push(pid);
        if (++looked % processesATurn === 0) await turn();
      }
      for (const [index, { answer }] of questions.entries()) answer(found[index] ?? []);
    }
    this.looking = undefined;
  }

  private processIds(): number[] {
    try {
      return readdirSync(this.proc).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
    } catch {
      return [];
    }
  }

  private seen(pid: number): SeenProcess | undefined {
    const stat = parseStat(this.read(pid, 'stat'));
    if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
    let variables: string[] | undefined;
    const carries = (variable: string): boolean => (variables ??= this.read(pid, 'environ').split('\0')).includes(variable);
    return { pid, group: stat.group, session: stat.session, carries };
  }

  private read(pid: number, file: string): string {
    try {
      return readFileSync(`${this.proc}/${pid}/${file}`, 'utf8');
    } catch {
      return '';
    }
  }
}

/** /proc is one for all, and so is the look at it. */
export const processSearch = new ProcessSearch();

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
