import type { KnownAttempt, Verdict } from '@klevr/contracts/presence';
import type { ReasonCode } from './run-row.js';
import { t0 } from './run-row.fixture.js';

export const runId = 'run_01HZZZZZZZZZZZZZZZZZZZZZZZ';

export interface SentCommand {
  readonly verb: 'run' | 'cancel';
  readonly agentId: string;
  readonly session: string;
  readonly attempt: number;
  readonly notAfter: number;
  readonly aloneSeconds: number | undefined;
}

type Known = 'running' | 'finished' | 'refused';

/** An agent as it promises to be: a journal, one process group, a spool of facts, and a clock of its own for being alone. */
export class PlayedAgent {
  session: string;
  journalId: string;
  linked = true;
  /** The attempt whose process group lives. */
  running: number | undefined;
  readonly starts: number[] = [];
  spool: { seq: number; [key: string]: unknown }[] = [];
  private alive = true;
  private lives = 1;
  private journals = 1;
  private seq = 0;
  private readonly attempts = new Map<number, Known>();
  private aloneSeconds: number | undefined;
  private heldSince = 0;

  constructor(
    readonly agentId: string,
    private readonly number: number,
  ) {
    this.session = `ses_${number}_1`;
    this.journalId = `jrn_${number}_1`;
  }

  take(command: SentCommand, now: number): void {
    if (!this.alive || !this.linked) return;
    const { attempt } = command;
    const known = this.attempts.get(attempt);
    if (command.verb === 'cancel') {
      if (command.session !== this.session) return;
      if (known === undefined) this.refuse(attempt, 'CANCELED', now);
      else if (known === 'running') this.finish('canceled', 'CANCELED_BY_USER', now);
      return;
    }
    if (known !== undefined) return;
    if (command.session !== this.session) this.refuse(attempt, 'WRONG_SESSION', now);
    else if (command.notAfter < now) this.refuse(attempt, 'EXPIRED', now);
    else this.start(command, now);
  }

  finish(status: string, code: ReasonCode | null, now: number): void {
    if (this.running === undefined || !this.alive) return;
    this.note(
      this.running,
      { kind: 'finished', status, exitCode: 0, output: null, reason: code === null ? null : { code, message: 'so' } },
      now,
    );
    this.attempts.set(this.running, 'finished');
    this.running = undefined;
  }

  /** kill -9: what it started goes on until it is back, or until it has been alone for too long. */
  crash(): void {
    this.alive = false;
    this.linked = false;
  }

  /** First it ends what its former life left behind; a wiped journal knows nothing of it, and what was not sent is gone. */
  restart(wiped: boolean, now: number): void {
    this.crash();
    this.alive = true;
    this.lives += 1;
    this.session = `ses_${this.number}_${this.lives}`;
    if (wiped) {
      this.running = undefined;
      this.attempts.clear();
      this.spool = [];
      this.seq = 0;
      this.journals += 1;
      this.journalId = `jrn_${this.number}_${this.journals}`;
    } else {
      this.finish('lost', 'AGENT_CRASHED', now);
    }
    this.linked = true;
  }

  get isAlive(): boolean {
    return this.alive;
  }

  known(): KnownAttempt[] {
    return [...this.attempts].flatMap(([attempt, state]) => (state === 'refused' ? [] : [{ runId, attempt, state }]));
  }

  obey({ attempt, verdict }: Verdict, now: number): void {
    if (verdict === 'stop' && this.running === attempt) this.finish('canceled', 'AGENT_LOST', now);
  }

  /** The answer on the lane `alive`. */
  answered(stored: boolean, now: number): void {
    if (stored) this.heldSince = now;
    else this.finish('canceled', 'AGENT_LOST', now);
  }

  tick(now: number): void {
    if (this.running === undefined || this.aloneSeconds === undefined || now - this.heldSince < this.aloneSeconds) return;
    if (this.alive) this.finish('lost', 'AGENT_ALONE', now);
    else this.endWithout(now);
  }

  /** Its guard ends the group; the journal tells of it at the next start. */
  private endWithout(now: number): void {
    this.alive = true;
    this.finish('lost', 'AGENT_CRASHED', now);
    this.alive = false;
  }

  private start({ attempt, aloneSeconds }: SentCommand, now: number): void {
    this.attempts.set(attempt, 'running');
    this.starts.push(attempt);
    this.running = attempt;
    this.aloneSeconds = aloneSeconds;
    this.heldSince = now;
    this.note(attempt, { kind: 'accepted' }, now);
    this.note(attempt, { kind: 'started' }, now);
  }

  private refuse(attempt: number, code: string, now: number): void {
    this.attempts.set(attempt, 'refused');
    this.note(attempt, { kind: 'refused', code, detail: 'no' }, now);
  }

  private note(attempt: number, fact: object, now: number): void {
    this.seq += 1;
    this.spool.push({ seq: this.seq, atMs: t0.getTime() + now * 1000, runId, attempt, ...fact });
  }
}
