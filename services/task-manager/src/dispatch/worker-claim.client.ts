import { ClaimReply, type Claim } from '@klevr/contracts/provision';
import { subjects, workersInbox } from '@klevr/contracts/subjects';
import { Bus } from '@klevr/messaging/bus';
import { NoResponderError } from '@klevr/messaging/bus-errors';
import { Injectable } from '@nestjs/common';

const answeredWithinMs = 2_000;

/** Asks the workers of a zone who takes an operation: one of those that have the engine hears it, and answers on an inbox that only workers of the zone reach. */
@Injectable()
export class WorkerClaimClient {
  constructor(private readonly bus: Bus) {}

  /** `nobody`: NATS says that no worker has the engine. `silence`: who was asked says nothing, or nothing that can be read. */
  async ask(zone: string, claim: Claim): Promise<ClaimReply | 'nobody' | 'silence'> {
    const inbox = { to: 'agent' as const, zone, agent: workersInbox };
    try {
      const reply = await this.bus.request(subjects.provisionClaim.build({ zone }), 'provision.claim', claim, {
        inbox,
        timeoutMs: answeredWithinMs,
      });
      return ClaimReply.safeParse(reply.json()).data ?? 'silence';
    } catch (error) {
      return error instanceof NoResponderError ? 'nobody' : 'silence';
    }
  }
}
