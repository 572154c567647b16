import type { AgentCommandReply, RunCommand } from '@klevr/contracts/command';
import type { EventFact, FactBatchReply } from '@klevr/contracts/fact';
import type { KnownAttempt } from '@klevr/contracts/presence';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { judgeCommand, type Standing } from '@klevr/agent-runtime/commands/command-judge';
import type { CommandVerifier } from '@klevr/agent-runtime/commands/command-verifier';
import type { AgentLink } from '@klevr/agent-runtime/link';

/**
 * Takes signed commands as an agent's desk does, and does no work: every step of a run succeeds at once.
 * Promises: verified and judged as by any agent; an attempt is reported once, and its facts are sent until they are stored. Does not: remember anything after its
 * process, nor more than the newest thousand attempts.
 */
export interface SimulatedDeskOptions {
  readonly journalId: string;
  readonly link: Pick<AgentLink, 'sendFacts'>;
  readonly verify: CommandVerifier;
  readonly standing: () => Standing;
  readonly sessionSettled: () => Promise<void>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

const mostRemembered = 1_000;
const againMs = 2_000;
const accepted: AgentCommandReply = { outcome: 'accepted' };
const keyOf = ({ runId, attempt }: { runId: string; attempt: number }): string => `${runId}/${attempt}`;
/** A fact before it is numbered. */
type FactBody = EventFact extends infer F ? (F extends EventFact ? Omit<F, 'seq'> : never) : never;

export class SimulatedDesk {
  private readonly attempts = new Map<string, KnownAttempt>();
  private sending: Promise<void> = Promise.resolve();
  private nextSeq = 1;
  private closed = false;
  finished = 0;

  constructor(private readonly options: SimulatedDeskOptions) {}

  known(): KnownAttempt[] {
    return [...this.attempts.values()];
  }

  forget(attempt: { runId: string; attempt: number }): void {
    this.attempts.delete(keyOf(attempt));
  }

  close(): void {
    this.closed = true;
  }

  async take(verb: 'run' | 'cancel', jws: string): Promise<AgentCommandReply> {
    const { verify, standing, sessionSettled } = this.options;
    const command = await verify(jws).catch(() => undefined);
    if (command?.verb !== verb) return { outcome: 'refused', code: 'BAD_SIGNATURE', detail: 'not a signed command for this subject' };
    await sessionSettled();
    const refusal = judgeCommand(command, standing());
    if (refusal !== undefined) return { outcome: 'refused', ...refusal };
    const known = this.attempts.get(keyOf(command));
    if (known !== undefined) return { outcome: 'duplicate', detail: known.state };
    if (command.verb === 'cancel') return { outcome: 'refused', code: 'CANCELED', detail: 'a simulated run ends as it starts' };
    this.remember(command);
    this.send(this.factsOf(command));
    return accepted;
  }

  private remember({ runId, attempt }: RunCommand): void {
    this.attempts.set(keyOf({ runId, attempt }), { runId, attempt, state: 'finished' });
    const [oldest] = this.attempts.keys();
    if (this.attempts.size > mostRemembered && oldest !== undefined) this.attempts.delete(oldest);
    this.finished += 1;
  }

  private factsOf({ runId, attempt, steps }: RunCommand): EventFact[] {
    const common = { runId, attempt, atMs: this.options.standing().nowMs };
    const bodies: FactBody[] = [
      { kind: 'accepted', ...common },
      { kind: 'started', ...common },
      ...steps.map((_, index) => {
        const end = { outcome: 'succeeded', exitCode: 0, signal: null, output: null, startedAtMs: common.atMs } as const;
        return { kind: 'stepFinished', ...common, phase: 'step', index, try: 1, ...end } as const;
      }),
      { kind: 'finished', ...common, status: 'succeeded', exitCode: 0, output: null, reason: null },
    ];
    return bodies.map((body) => ({ ...body, seq: this.nextSeq++ }));
  }

  /** One batch at a time, in order. */
  private send(facts: EventFact[]): void {
    this.sending = this.sending.then(async () => {
      while (!this.closed && !(await this.sent(facts))) await new Promise<void>((resolve) => this.options.clock.setTimer(resolve, againMs));
    });
  }

  private async sent(facts: EventFact[]): Promise<boolean> {
    const { link, journalId, log } = this.options;
    try {
      const { results }: FactBatchReply = await link.sendFacts({ journalId, lane: 'events', facts });
      const refused = results.filter(({ result }) => result === 'refused');
      if (refused.length > 0) log.warn({ refused }, 'facts of a simulated run were refused');
      return true;
    } catch (error) {
      log.debug({ error }, 'facts of a simulated run were not answered');
      return false;
    }
  }
}
