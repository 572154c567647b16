import { Injectable } from '@nestjs/common';
import { ProbeReply } from '@klevr/contracts/command';
import { subjects } from '@klevr/contracts/subjects';
import { Bus } from '@klevr/messaging/bus';
import { NoResponderError, RequestTimeoutError } from '@klevr/messaging/bus-errors';

export type ProbeAnswer = 'alive' | 'dead' | 'unknown';

const timeoutMs = 1_000;

/** Asks an agent whether it is there; `unknown` where the fault is on our side. */
@Injectable()
export class AgentProber {
  constructor(private readonly bus: Bus) {}

  /** The primary of this epoch, on the epoch's own subject. */
  epoch(zone: string, agent: string, epoch: number): Promise<ProbeAnswer> {
    return this.probe(subjects.zoneCommand.build({ zone, epoch, verb: 'ping' }), zone, agent);
  }

  /** With a session: the process that has it, which alone answers then. */
  agent(zone: string, agent: string, session?: string): Promise<ProbeAnswer> {
    return this.probe(subjects.agentCommand.build({ zone, agent, verb: 'probe' }), zone, agent, session);
  }

  private async probe(subject: string, zone: string, agent: string, session?: string): Promise<ProbeAnswer> {
    const body = session === undefined ? {} : { session };
    try {
      const reply = await this.bus.request(subject, 'probe', body, { inbox: { to: 'agent', zone, agent }, timeoutMs });
      return isAnswerOf(reply.json(), agent, session) ? 'alive' : 'dead';
    } catch (error) {
      return error instanceof NoResponderError || error instanceof RequestTimeoutError ? 'dead' : 'unknown';
    }
  }
}

/** An agent's answers come in the envelope of all answers. */
const isAnswerOf = (body: unknown, agentId: string, session: string | undefined): boolean => {
  const data: unknown = typeof body === 'object' && body !== null && 'data' in body ? body.data : body;
  const parsed = ProbeReply.safeParse(data);
  return parsed.success && parsed.data.agentId === agentId && (session === undefined || parsed.data.session === session);
};
