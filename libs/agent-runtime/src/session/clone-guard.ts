import type { Log } from '@klevr/platform/log';
import type { FactLanes } from '../facts/fact-lanes.js';
import type { Storage } from '../storage.js';

/**
 * What becomes of the journal when another machine is online with this one's identity.
 * Promises: nothing is told while that is so, as the copy's facts have the numbers of the other one's; should this one ever be let in, what it has to tell goes
 * out under a journal id of its own, so nothing is lost and nothing taken for something else. Does not: find out which of the two is the copy.
 */
export interface CloneGuardOptions {
  readonly facts: Pick<FactLanes, 'open' | 'shut'>;
  readonly storage: Pick<Storage, 'renewJournalId'>;
  readonly log: Log;
}

export class CloneGuard {
  private isClone = false;

  constructor(private readonly options: CloneGuardOptions) {}

  /** The centre granted a session to this very process. */
  granted(): void {
    this.isClone = false;
    this.options.facts.open();
  }

  async refused(): Promise<void> {
    const { facts, storage, log } = this.options;
    log.error(
      { again: this.isClone },
      'another machine is online with the identity of this one, which does nothing until that one is gone',
    );
    facts.shut();
    if (this.isClone) return;
    this.isClone = true;
    await storage.renewJournalId().catch((error: unknown) => log.error({ error }, 'the journal could not be given another id'));
  }
}
