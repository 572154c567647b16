import { Injectable } from '@nestjs/common';
import type { Enroll, Enrolled } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { isUserPublicKey } from '@klevr/messaging/auth/agent-credentials';
import type { AgentRow } from '../tables/agent.entity.js';
import { hashOfToken } from '../zones/join-tokens.service.js';
import { CredentialsService } from './credentials.service.js';
import { EnrolmentStore } from './enrolment.store.js';
import { HostPool } from './host-pool.service.js';
import { RejoinService } from './rejoin.service.js';
import { RevocationsService } from './revocations.service.js';

@Injectable()
export class EnrolmentService {
  constructor(
    private readonly store: EnrolmentStore,
    private readonly rejoins: RejoinService,
    private readonly pool: HostPool,
    private readonly credentials: CredentialsService,
    private readonly revocations: RevocationsService,
  ) {}

  async enroll(enroll: Enroll): Promise<Omit<Enrolled, 'taskKeys'>> {
    const { publicKey, host, version } = enroll;
    if (!isUserPublicKey(publicKey)) {
      const errors = [{ path: 'publicKey', message: 'is not the public half of a NATS user key' }];
      throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors });
    }
    const at = this.credentials.now();
    const tokenHash = hashOfToken(enroll.joinToken);
    const before = await this.rejoins.findBefore({ tokenHash, publicKey, machineId: host.machineId, at });
    const wanted: AgentRow = {
      ...{ id: newId('agent'), zoneId: '', kind: 'agent', publicKey, labels: {}, version, facts: host },
      ...{ status: 'pending', statusCause: 'enrolled, has not said hello yet', statusSince: at },
      ...{ beaconUrl: null, session: null, journalId: null, connServer: null, connClient: null, standing: false, loadScore: 0 },
      ...{ revision: 1, approved: true, drained: false, machineId: host.machineId ?? null, bootId: host.bootId },
      ...{ lastSeenAt: null, createdAt: at },
    };
    const { agent, zone, rejoined } = await this.store.enrol(tokenHash, wanted, before);
    await this.pool.changed(agent);
    // The key that it had before: what cannot be pushed now, housekeeping pushes.
    if (rejoined) await this.revocations.pushQuietly();
    return {
      ...{ agentId: agent.id, zoneId: zone.id, zoneName: zone.name, kind: agent.kind },
      ...(await this.credentials.forEnrolled(agent)),
      settings: { heartbeatSeconds: zone.settings.heartbeatSeconds },
    };
  }
}
