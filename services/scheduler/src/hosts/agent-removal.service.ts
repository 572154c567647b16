import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { AgentChangesStore } from './agent-changes.store.js';
import type { AskedChange } from './agent-changes.service.js';
import { AgentFarewell } from './agent-farewell.service.js';
import { RevocationsService } from './revocations.service.js';

/** Removes an agent for good: it is told, and within a second it is cut off and cannot come back. */
@Injectable()
export class AgentRemovalService {
  constructor(
    private readonly store: AgentChangesStore,
    private readonly farewell: AgentFarewell,
    private readonly revocations: RevocationsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns once the NATS servers refuse it. Where that failed after the row was gone, asking again finishes it; else an agent that is gone is
   * NOT_FOUND.
   */
  async remove(asked: AskedChange): Promise<void> {
    try {
      await this.farewell.removed(await this.store.remove({ ...asked, at: new Date(this.clock.nowMs()) }));
    } catch (error) {
      const gone = error instanceof AppError && error.code === 'NOT_FOUND';
      if (!gone || !(await this.revocations.unfinished(asked.id))) throw error;
      await this.revocations.push();
    }
  }
}
