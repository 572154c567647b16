import type { AgentCommandReply, CancelCommand, RunCommand, SignedCommand } from '@klevr/contracts/command';
import { AppError } from '@klevr/contracts/errors';
import type { Log } from '@klevr/platform/log';
import { keyOf } from '../journal/attempt-ledger.js';
import type { Journal, Refusal } from '../journal/journal.js';
import type { Runs } from '../run/runs.js';
import { judgeCommand, type Standing } from './command-judge.js';
import type { CommandVerifier } from './command-verifier.js';

/**
 * Takes commands in, whichever way they came.
 * Promises: an attempt starts at most once, whatever is delivered how often; commands take effect in the order in which they came, though their
 * signatures are checked side by side; it is on disk before it starts; what was refused never starts later, and the centre is told so by a fact where the
 * signature was good. Does not: trust the primary that passed a command on.
 */
export interface CommandDeskOptions {
  readonly verify: CommandVerifier;
  readonly journal: Journal;
  readonly runs: Runs;
  readonly standing: () => Standing;
  /** Resolves when no hello is under way. */
  readonly sessionSettled: () => Promise<void>;
  readonly log: Log;
}

type Verb = SignedCommand['verb'];
const accepted: AgentCommandReply = { outcome: 'accepted' };

export class CommandDesk {
  private closed = false;
  private readonly starting = new Map<string, Promise<unknown>>();
  /** Settles when the signatures of all that came before are checked. */
  private checked: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: CommandDeskOptions) {}

  /** From now on nothing is started any more, without a trace: the agent is ending, and its next session will be another. What runs can still be canceled. */
  close(): void {
    this.closed = true;
  }

  async take(verb: Verb, jws: string): Promise<AgentCommandReply> {
    let command: SignedCommand;
    try {
      command = await this.inOrder(this.options.verify(jws));
      if (command.verb !== verb) throw new AppError('BAD_SIGNATURE', 'the command was signed for another verb');
    } catch (error) {
      this.options.log.warn({ verb, error }, 'command with a bad signature refused');
      return { outcome: 'refused', code: 'BAD_SIGNATURE', detail: error instanceof Error ? error.message : String(error) };
    }
    if (command.verb === 'cancel') return this.cancel(command);
    if (this.closed) return { outcome: 'refused', code: 'WRONG_SESSION', detail: 'the agent is stopping' };
    return this.run(command);
  }

  private async inOrder(verified: Promise<SignedCommand>): Promise<SignedCommand> {
    const before = this.checked;
    this.checked = Promise.allSettled([before, verified]);
    const [command] = await Promise.all([verified, before]);
    return command;
  }

  private async run(command: RunCommand): Promise<AgentCommandReply> {
    const { journal, standing } = this.options;
    const refusal = await this.judge(command);
    if (refusal?.code === 'WRONG_AGENT') return refusedReply(refusal);
    // From here to the entry in the ledger nothing is awaited, so of two copies only one gets through.
    const known = this.known(command);
    if (known !== undefined) return known;
    const { nowMs } = standing();
    if (refusal !== undefined) {
      journal.refuse(command, refusal, nowMs);
      return refusedReply(refusal);
    }
    const starting = this.start(command, nowMs);
    this.starting.set(keyOf(command), starting);
    const reply = await starting;
    this.starting.delete(keyOf(command));
    return reply;
  }

  private async start(command: RunCommand, nowMs: number): Promise<AgentCommandReply> {
    const { journal, runs, standing, log } = this.options;
    try {
      if (runs.isInstant(command)) {
        await journal.startAndEnd(command, nowMs, () => runs.atOnce(command));
        return accepted;
      }
      await journal.start(command, nowMs);
    } catch (error) {
      const { code, message } = error instanceof AppError ? error : new AppError('INTERNAL', String(error));
      log.error({ runId: command.runId, error }, 'attempt could not be recorded and was refused');
      return { outcome: 'refused', code, detail: message };
    }
    runs.start(command, command.aloneSeconds === undefined ? 0 : standing().nowMs - nowMs);
    return accepted;
  }

  private async cancel(command: CancelCommand): Promise<AgentCommandReply> {
    const { journal, runs, standing } = this.options;
    const refusal = await this.judge(command);
    if (refusal !== undefined) return refusedReply(refusal);
    // Its record may be on the way to the disk: then the run begins right after, and ends with this.
    await this.starting.get(keyOf(command));
    if (runs.stop(command, 'cancel', command.reason)) return accepted;
    const entry = journal.ledger.find(command);
    if (entry !== undefined) return { outcome: 'duplicate', detail: entry.state };
    journal.refuse(command, { code: 'CANCELED', detail: command.reason }, standing().nowMs);
    return accepted;
  }

  private known(command: RunCommand): AgentCommandReply | undefined {
    const entry = this.options.journal.ledger.find(command);
    if (entry === undefined) return undefined;
    if (entry.state !== 'refused') return { outcome: 'duplicate', detail: entry.state };
    return { outcome: 'refused', code: entry.code ?? 'CANCELED', detail: 'the attempt was refused before' };
  }

  /** An answer that is under way may grant the session that the command names, or tell of an epoch that was appointed while this agent was away. */
  private async judge(command: SignedCommand): Promise<Refusal | undefined> {
    const { standing, sessionSettled } = this.options;
    await sessionSettled();
    return judgeCommand(command, standing());
  }
}

const refusedReply = ({ code, detail }: Refusal): AgentCommandReply => ({ outcome: 'refused', code, detail });
