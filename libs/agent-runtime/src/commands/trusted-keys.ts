import type { TaskKeySet } from '@klevr/contracts/agent';
import { KeyEndorsement, KeysStatement, TaskKey, type SignedTaskKeys } from '@klevr/contracts/task-keys';
import type { Log } from '@klevr/platform/log';
import type { z } from 'zod';
import { commandVerifier, isUnknownKey, signedContent, type CommandVerifier } from './command-verifier.js';

/**
 * The keys that this agent takes commands from.
 * Promises: after the first ones, which came with the identity, others are taken only by the word of one that is trusted: a statement, signed by a trusted key or by
 * one that a chain of endorsements leads to. A statement of an older generation changes nothing, so a key that was given up does not come back; one whose time is over
 * vouches for no other. A command of a key that is not known is a reason to ask for the keys, once in a while, and is judged again with what came. Does not: take a
 * key from the command itself.
 */
export interface TrustedKeysOptions {
  /** As kept with the identity. */
  readonly kept: () => TaskKeySet;
  readonly keep: (keys: TaskKeySet) => void;
  /** Asks the centre; resolves when its answer was taken in, or does not come. */
  readonly ask: () => Promise<void>;
  /** No trusted key leads to what the centre says: only where the agent enrolled can somebody help. */
  readonly onStrange: () => void;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Whoever may send to this agent may name keys that nobody has: where asking brings nothing, it is done more and more seldom. */
const askEveryMs = { first: 5_000, longest: 60_000 };
/** Lower than any. */
const unreadable = -2;

export class TrustedKeys {
  private used: TaskKeySet | undefined;
  private verifier: CommandVerifier | undefined;
  private asking: Promise<void> | undefined;
  private askedAtMs = Number.NEGATIVE_INFINITY;
  private pauseMs = askEveryMs.first;

  constructor(private readonly options: TrustedKeysOptions) {}

  readonly verify: CommandVerifier = async (jws) => {
    const verifier = this.current();
    try {
      return await verifier(jws);
    } catch (error) {
      // Others may have been taken while it was judged.
      if (!isUnknownKey(error) || (this.current() === verifier && !(await this.learned()))) throw error;
      return this.current()(jws);
    }
  };

  /** Content of a type that one of the trusted keys signed; undefined for all else. */
  async content<S extends z.ZodType>(jws: string, type: string, schema: S): Promise<z.output<S> | undefined> {
    return signedContent(jws, { keys: this.options.kept().keys, nowMs: this.options.nowMs() }, type, schema);
  }

  /** False where it is not to be trusted, or older than what is known. */
  async take({ statement, chain }: SignedTaskKeys): Promise<boolean> {
    const { kept, keep, log, onStrange } = this.options;
    const { generation = -1 } = kept();
    const claimed = claimedGeneration(statement);
    if (claimed < generation) {
      log.warn({ generation, claimed }, 'older keys of the centre are not taken');
      return false;
    }
    const known = await this.content(statement, 'klevr-keys', KeysStatement);
    const told = known ?? (claimed > generation ? await this.byChain(statement, chain) : undefined);
    if (told === undefined) {
      log.error({ generation: claimed }, 'the centre names keys that no key known here vouches for; they are not taken');
      onStrange();
      return false;
    }
    // Meanwhile another one may have been taken.
    if (told.generation > (kept().generation ?? -1)) {
      keep({ generation: told.generation, keys: told.keys.map((key) => ({ ...TaskKey.parse(key), alg: 'EdDSA', use: 'sig' })) });
      log.info({ generation: told.generation, keys: told.keys.length }, 'the keys that sign tasks are others now');
    }
    return true;
  }

  private async byChain(statement: string, chain: readonly string[]): Promise<KeysStatement | undefined> {
    const { kept, nowMs } = this.options;
    const trusted = [...kept().keys];
    for (const endorsement of chain) {
      const endorsed = await signedContent(endorsement, { keys: trusted, nowMs: nowMs() }, 'klevr-key', KeyEndorsement);
      // Where there are two of one name, none of them verifies anything.
      if (endorsed !== undefined && !trusted.some(({ kid }) => kid === endorsed.key.kid)) trusted.push(endorsed.key);
    }
    return signedContent(statement, { keys: trusted, nowMs: nowMs() }, 'klevr-keys', KeysStatement);
  }

  private current(): CommandVerifier {
    const kept = this.options.kept();
    if (this.verifier === undefined || kept !== this.used) {
      this.verifier = commandVerifier(kept, this.options.nowMs);
      this.used = kept;
    }
    return this.verifier;
  }

  /** Whether there are other keys now. */
  private async learned(): Promise<boolean> {
    const { kept, ask, nowMs } = this.options;
    const before = kept();
    if (this.asking === undefined) {
      const sinceMs = nowMs() - this.askedAtMs;
      // The centre's time may have been set back.
      if (sinceMs >= 0 && sinceMs < this.pauseMs) return false;
      this.askedAtMs = nowMs();
      this.asking = ask().finally(() => {
        this.asking = undefined;
        this.pauseMs = kept() === before ? Math.min(this.pauseMs * 2, askEveryMs.longest) : askEveryMs.first;
      });
    }
    await this.asking;
    return kept() !== before;
  }
}

/** Read before anything is verified: only to see whether there is something to verify. */
const claimedGeneration = (statement: string): number => {
  try {
    const content = JSON.parse(Buffer.from(statement.split('.')[1] ?? '', 'base64url').toString()) as { generation?: unknown };
    return typeof content.generation === 'number' ? content.generation : unreadable;
  } catch {
    return unreadable;
  }
};
