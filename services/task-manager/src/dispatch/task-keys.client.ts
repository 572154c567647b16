import type { Told } from '@klevr/contracts/presence';
import { inboxes } from '@klevr/contracts/subjects';
import type { SignedTaskKeys } from '@klevr/contracts/task-keys';
import { Bus } from '@klevr/messaging/bus';
import { DisconnectedError } from '@klevr/messaging/bus-errors';
import { Injectable } from '@nestjs/common';

/** Tells agents the keys that sign their work, unasked. */
@Injectable()
export class TaskKeysClient {
  constructor(private readonly bus: Bus) {}

  /** Resolves when the server has what was said; whether an agent was there is not known. Rejects where the connection is away. */
  async tell(agents: readonly { readonly zoneId: string; readonly agentId: string }[], taskKeys: SignedTaskKeys): Promise<void> {
    const told: Told = { kind: 'taskKeys', reason: 'the keys that sign tasks are others now', taskKeys };
    for (const { zoneId, agentId } of agents) {
      if (!this.bus.publish(inboxes.agentTold.build({ zone: zoneId, agent: agentId }), 'told', told)) throw new DisconnectedError();
    }
    await this.bus.flush();
  }
}
