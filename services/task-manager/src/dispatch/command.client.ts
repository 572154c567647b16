import { AgentCommandReply, DeliverReply } from '@klevr/contracts/command';
import { subjects } from '@klevr/contracts/subjects';
import { Bus } from '@klevr/messaging/bus';
import { NoResponderError } from '@klevr/messaging/bus-errors';
import { Injectable } from '@nestjs/common';

export interface Command {
  readonly runId: string;
  readonly agentId: string;
  readonly verb: 'run' | 'cancel';
  readonly jws: string;
}

export type DeliverOutcome = 'received' | 'nobody' | 'unknown';

export type StraightOutcome =
  { readonly outcome: 'answered'; readonly reply: AgentCommandReply } | { readonly outcome: 'nobody' | 'unknown'; readonly reply?: never };

const receivedWithinMs = 250;
const straightTimeoutMs = 2_000;

/** Agents answer with the bare reply; one in the services' envelope is understood as well. */
const bare = (body: unknown): unknown => (typeof body === 'object' && body !== null && 'data' in body ? body.data : body);

/** Sends signed commands: to a zone's primary, which passes them on, or straight to their agents. */
@Injectable()
export class CommandClient {
  constructor(private readonly bus: Bus) {}

  /** `nobody`: NATS says that the epoch's subject is not subscribed. `unknown`: no answer in time, or not the right one. */
  async deliver(zone: string, primary: { agentId: string; epoch: number }, commands: readonly Command[]): Promise<DeliverOutcome> {
    const items = commands.map(({ agentId, verb, jws }) => ({ agentId, verb, jws }));
    const subject = subjects.zoneCommand.build({ zone, epoch: primary.epoch, verb: 'deliver' });
    const inbox = { to: 'agent' as const, zone, agent: primary.agentId };
    try {
      const reply = await this.bus.request(subject, 'zone.deliver', { items }, { inbox, timeoutMs: receivedWithinMs });
      return DeliverReply.safeParse(bare(reply.json())).success ? 'received' : 'unknown';
    } catch (error) {
      return error instanceof NoResponderError ? 'nobody' : 'unknown';
    }
  }

  async straight(zone: string, { agentId, verb, jws }: Command): Promise<StraightOutcome> {
    const subject = subjects.agentCommand.build({ zone, agent: agentId, verb });
    const inbox = { to: 'agent' as const, zone, agent: agentId };
    try {
      const reply = await this.bus.request(subject, `agent.${verb}`, { jws }, { inbox, timeoutMs: straightTimeoutMs });
      const answer = AgentCommandReply.safeParse(bare(reply.json()));
      return answer.success ? { outcome: 'answered', reply: answer.data } : { outcome: 'unknown' };
    } catch (error) {
      return { outcome: error instanceof NoResponderError ? 'nobody' : 'unknown' };
    }
  }
}
