import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { AgentCredentials, AskCredentials } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { Clock } from '@klevr/platform/clock';
import { EventFeedService } from '../events/event-feed.service.js';
import { gapType } from '../events/stored-event.js';
import { ApprovalWaits } from './approval-waits.js';

const MAX_HELD = 1_000;
/** Short, as the credentials are good without. */
const keysTimeoutMs = 1_500;
const decisive: ReadonlySet<string> = new Set(['host.approved', 'host.removed']);

/** Gives agents their credentials; those that wait for approval are held until an operator decides, or their time is over. */
@Injectable()
export class AgentCredentialsService implements OnModuleInit, OnModuleDestroy {
  private readonly waits: ApprovalWaits;
  private unlisten: () => void = () => undefined;

  constructor(
    private readonly bus: Bus,
    private readonly events: EventFeedService,
    clock: Clock,
  ) {
    this.waits = new ApprovalWaits(clock, MAX_HELD);
  }

  onModuleInit(): void {
    this.unlisten = this.events.onEvent(({ type, subjectId }) => {
      if (decisive.has(type)) this.waits.tell(subjectId);
      else if (type === gapType) this.waits.tellAll();
    });
  }

  onModuleDestroy(): void {
    this.unlisten();
    this.waits.stop();
  }

  async give(id: string, { waitSeconds, ...proof }: AskCredentials, hangUp: AbortSignal): Promise<AgentCredentials> {
    // Listening begins before the asking, so that no decision falls in between.
    const wait = this.waits.listen(id);
    try {
      const pending = await this.ask(id, proof).catch(notApproved);
      if (!(pending instanceof AppError)) return pending;
      if (waitSeconds === 0) throw pending;
      const end = await wait.until(waitSeconds * 1_000, hangUp);
      if (end === 'hungUp') throw pending;
      // Asked also when the time is over: the one look that needs no event.
      return await this.ask(id, proof);
    } finally {
      wait.done();
    }
  }

  /** With the keys that sign tasks, as at its enrolment: it may have been away for so long that it knows none of them any more. Without them where nobody tells them now. */
  private async ask(id: string, proof: Omit<AskCredentials, 'waitSeconds'>): Promise<AgentCredentials> {
    const credentials = await call(this.bus, schedulerRpc.agentCredentials, { id, ask: proof });
    const taskKeys = await call(this.bus, taskManagerRpc.getTaskKeys, {}, { timeoutMs: keysTimeoutMs }).catch(() => undefined);
    return { ...credentials, ...(taskKeys === undefined ? {} : { taskKeys }) };
  }
}

const notApproved = (error: unknown): AppError => {
  if (error instanceof AppError && error.code === 'NOT_APPROVED') return error;
  throw error;
};
