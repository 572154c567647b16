import { Injectable } from '@nestjs/common';
import type { Told } from '@klevr/contracts/presence';
import { inboxes } from '@klevr/contracts/subjects';
import { AccountWatch } from '@klevr/messaging/account-watch';
import { Bus } from '@klevr/messaging/bus';
import { Clock } from '@klevr/platform/clock';

/** How long agents that were told to go may take; who has not gone then is cut off. */
const farewellMs = 300;

export interface ToldAgent {
  readonly id: string;
  readonly zoneId: string;
  readonly publicKey: string;
}

/** Tells agents what concerns them, unasked. Whether one hears it is not known: each of them learns it at its next hello or login as well. */
@Injectable()
export class AgentNotifier {
  constructor(
    private readonly bus: Bus,
    private readonly watch: AccountWatch,
    private readonly clock: Clock,
  ) {}

  helloWanted(agent: Pick<ToldAgent, 'id' | 'zoneId'>, reason: string): void {
    this.tell(agent, { kind: 'helloWanted', reason });
  }

  /** The key that signed its credentials goes; those that this one signed stay. */
  renewWanted(agent: Pick<ToldAgent, 'id' | 'zoneId'>, issuer: string): void {
    this.tell(agent, { kind: 'renewWanted', reason: 'the key that signs credentials is another now', issuer });
  }

  /** Tells them that they are removed, and waits until those who may be connected hung up, or for a moment. */
  async farewell(agents: readonly ToldAgent[], connected: readonly ToldAgent[], reason: string): Promise<void> {
    const present = new Set(connected.map(({ publicKey }) => publicKey));
    await new Promise<void>((resolve) => {
      const end = (): void => {
        watching.unsubscribe();
        cancel();
        resolve();
      };
      const cancel = this.clock.setTimer(() => end(), farewellMs);
      const watching = this.watch.onDisconnect(({ user }) => {
        if (present.delete(user) && present.size === 0) end();
      });
      for (const agent of agents) this.tell(agent, { kind: 'removed', reason });
      if (present.size === 0) end();
    });
  }

  private tell({ id, zoneId }: Pick<ToldAgent, 'id' | 'zoneId'>, told: Told): void {
    this.bus.publish(inboxes.agentTold.build({ zone: zoneId, agent: id }), 'told', told);
  }
}
