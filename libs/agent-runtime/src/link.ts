import type { AgentCommandReply, Deliver } from '@klevr/contracts/command';
import type { ReplyOf, RequestContract, RequestInput } from '@klevr/contracts/contract';
import type { AppError } from '@klevr/contracts/errors';
import type { FactBatch, FactBatchReply } from '@klevr/contracts/fact';
import type { Heartbeat, Report } from '@klevr/contracts/presence';
import { schedulerAsks } from '@klevr/contracts/scheduler-contracts';
import { inboxes, subjects } from '@klevr/contracts/subjects';
import { factContract } from '@klevr/contracts/task-manager-contracts';
import type { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import type { Incoming } from '@klevr/messaging/message';
import type { z } from 'zod';

/**
 * This agent's own subjects on the bus.
 * Promises: it asks the centre on inboxes that only the centre can publish to, and answers only on inboxes of askers that may ask it. Does not: retry.
 */
type Asks = typeof schedulerAsks;
const askTimeoutMs = 5_000;
/** A batch whose answer is lost is sent again, and answered as a duplicate. */
const factTimeoutMs = 5_000;
const peerTimeoutMs = 1_000;

export class AgentLink {
  private closed = false;

  constructor(
    readonly bus: Bus,
    readonly me: { readonly zone: string; readonly agent: string },
  ) {}

  ask<V extends keyof Asks>(verb: V, request: RequestInput<Asks[V]>, timeoutMs = askTimeoutMs): Promise<ReplyOf<Asks[V]>> {
    const contract: RequestContract = schedulerAsks[verb];
    const options = { subject: subjects.ask.build({ ...this.me, verb }), inbox: { to: 'centre' as const }, timeoutMs };
    return call(this.bus, contract, request, options) as Promise<ReplyOf<Asks[V]>>;
  }

  sendFacts(batch: FactBatch): Promise<FactBatchReply> {
    return call(this.bus, factContract, batch, {
      subject: subjects.fact.build(this.me),
      inbox: { to: 'centre' },
      timeoutMs: factTimeoutMs,
    });
  }

  /** Nothing is sent from now on, whatever is still being answered. */
  async close(): Promise<void> {
    this.closed = true;
    await this.bus.close();
  }

  beat(heartbeat: Heartbeat): void {
    if (!this.closed) this.bus.publish(subjects.heartbeat.build(this.me), 'heartbeat', heartbeat);
  }

  report(report: Report): void {
    if (!this.closed) this.bus.publish(subjects.report.build(this.me), 'report', report);
  }

  /** Passes a delivered command on, unread. Rejects where the agent is not there or does not answer within a second. */
  async passOn({ agentId, verb, jws }: Deliver['items'][number]): Promise<void> {
    const subject = subjects.agentCommand.build({ zone: this.me.zone, agent: agentId, verb });
    await this.bus.request(subject, `agent.${verb}`, { jws }, { inbox: { to: 'peer' }, timeoutMs: peerTimeoutMs });
  }

  answer(message: Incoming, data: AgentCommandReply | object): void {
    if (this.mayAnswer(message.reply)) this.bus.respond(message.reply, { ok: true, data });
  }

  refuse(message: Incoming, error: AppError): void {
    if (this.mayAnswer(message.reply)) this.bus.respond(message.reply, { ok: false, error: error.toBody() });
  }

  /** The body of a message that somebody else wrote, or undefined where it is not what it should be. */
  read<S extends z.ZodType>(message: Incoming, schema: S): z.output<S> | undefined {
    try {
      return schema.safeParse(message.json()).data;
    } catch {
      return undefined;
    }
  }

  /** The centre's own inbox for this agent, or one of a neighbour: anything else is not ours to write to. */
  private mayAnswer(reply: string | undefined): reply is string {
    if (reply === undefined || this.closed) return false;
    const centre = inboxes.centreAwaitsAgent.parse(reply);
    if (centre !== undefined) return centre.zone === this.me.zone && centre.agent === this.me.agent;
    return inboxes.agentAwaitsPeer.parse(reply)?.zone === this.me.zone;
  }
}
