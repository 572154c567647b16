import type { Standing } from '@klevr/agent-runtime/extension';
import type { AgentLink } from '@klevr/agent-runtime/link';
import { Claim, claimGroup, type ClaimReply } from '@klevr/contracts/provision';
import type { Engine } from '@klevr/contracts/resource';
import { inboxes, subjects, workersInbox } from '@klevr/contracts/subjects';
import type { Subscription } from '@klevr/messaging/bus';
import type { Incoming } from '@klevr/messaging/message';

/**
 * Answers the question who takes an operation.
 * Promises: for every driver and every engine of this worker it is one of the queue group that is asked; it answers only with a session, and only while it
 * takes work. Does not: promise that the command follows.
 */
export interface ClaimsOptions {
  readonly link: Pick<AgentLink, 'bus' | 'me' | 'read'>;
  readonly standing: () => Standing;
}

export class Claims {
  private readonly groups = new Map<string, Subscription>();

  constructor(private readonly options: ClaimsOptions) {}

  serve(engines: readonly Engine[]): void {
    const wanted = new Set(engines.flatMap(({ driver, id }) => [claimGroup({ driver, engine: null }), claimGroup({ driver, engine: id })]));
    for (const [group, subscription] of this.groups) {
      if (wanted.has(group)) continue;
      subscription.unsubscribe();
      this.groups.delete(group);
    }
    for (const group of wanted) {
      if (!this.groups.has(group)) this.groups.set(group, this.subscribe(group));
    }
  }

  stop(): void {
    this.serve([]);
  }

  private subscribe(queue: string): Subscription {
    const { link } = this.options;
    const subject = subjects.provisionClaim.build({ zone: link.me.zone });
    return link.bus.subscribe(subject, (message) => this.answer(queue, message), { queue });
  }

  /** Every group hears every claim. */
  private answer(group: string, message: Incoming): void {
    const { link, standing } = this.options;
    const claim = link.read(message, Claim);
    const { session, takesWork } = standing();
    if (claim === undefined || claimGroup(claim) !== group || session === null || !takesWork) return;
    const inbox = inboxes.centreAwaitsAgent.parse(message.reply ?? '');
    if (message.reply === undefined || inbox?.zone !== link.me.zone || inbox.agent !== workersInbox) return;
    link.bus.respond(message.reply, { agentId: link.me.agent, session } satisfies ClaimReply);
  }
}
