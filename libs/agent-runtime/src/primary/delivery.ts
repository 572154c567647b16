import { Deliver, Probe, type DeliverReply, type ProbeReply } from '@klevr/contracts/command';
import { AppError } from '@klevr/contracts/errors';
import type { Incoming } from '@klevr/messaging/message';
import type { Log } from '@klevr/platform/log';
import type { CommandDesk } from '../commands/command-desk.js';
import type { AgentLink } from '../link.js';

/**
 * Serves the subjects of an epoch: passes commands on and answers pings.
 * Promises: "received" is answered before anything is passed on; a command is passed on as it came, unread. Does not: know whether it took effect; the
 * agent's own facts tell that.
 */
export interface DeliveryOptions {
  readonly link: AgentLink;
  readonly desk: Pick<CommandDesk, 'take'>;
  readonly session: () => string | null;
  readonly log: Log;
}

export class Delivery {
  constructor(private readonly options: DeliveryOptions) {}

  serve(verb: string, epoch: number, message: Incoming): void {
    if (verb === 'ping') this.ping(epoch, message);
    else if (verb === 'deliver' || verb === 'cancel') this.deliver(message);
    else this.options.link.refuse(message, new AppError('BAD_REQUEST', `unknown verb ${verb}`));
  }

  private ping(epoch: number, message: Incoming): void {
    const { link, session } = this.options;
    const probe = link.read(message, Probe);
    if (probe === undefined) return link.refuse(message, new AppError('BAD_REQUEST', 'not a probe'));
    if (probe.session !== undefined && probe.session !== session()) return undefined;
    return link.answer(message, { agentId: link.me.agent, session: session(), epoch } satisfies ProbeReply);
  }

  private deliver(message: Incoming): void {
    const { link } = this.options;
    const delivered = link.read(message, Deliver);
    if (delivered === undefined) return link.refuse(message, new AppError('BAD_REQUEST', 'not a delivery'));
    link.answer(message, { received: delivered.items.length } satisfies DeliverReply);
    for (const item of delivered.items) void this.passOn(item);
  }

  private async passOn(item: Deliver['items'][number]): Promise<void> {
    const { link, desk, log } = this.options;
    if (item.agentId === link.me.agent) {
      await desk.take(item.verb, item.jws);
      return;
    }
    await link.passOn(item).catch((error: unknown) => log.info({ agentId: item.agentId, error }, 'command could not be passed on'));
  }
}
