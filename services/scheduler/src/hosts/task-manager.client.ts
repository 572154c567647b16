import { Injectable } from '@nestjs/common';
import type { ReplyOf, RequestInput } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { Log } from '@klevr/platform/log';

/** Short, as the agent waits for the answer: without the task-manager it stands all the same and asks for its verdicts again. */
const timeoutMs = 1_500;

@Injectable()
export class TaskManagerClient {
  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  /** How many tasks of the zone are open; with `close` they are canceled and it takes no new ones. Throws UNAVAILABLE while it is away. */
  zoneClosing(zoneId: string, close: boolean, reason: string): Promise<ReplyOf<typeof taskManagerRpc.zoneClosing>> {
    return call(this.bus, taskManagerRpc.zoneClosing, { zoneId, close, reason });
  }

  /** What the task-manager says about an agent's attempts; undefined while it is away. */
  async agentHello(
    request: RequestInput<typeof taskManagerRpc.agentHello>,
  ): Promise<ReplyOf<typeof taskManagerRpc.agentHello> | undefined> {
    try {
      return await call(this.bus, taskManagerRpc.agentHello, request, { timeoutMs });
    } catch (error) {
      const expected = error instanceof AppError && error.code === 'UNAVAILABLE';
      if (!expected) this.log.error({ error, agentId: request.agentId }, 'the task-manager refused a hello');
      return undefined;
    }
  }
}
