import { Injectable } from '@nestjs/common';
import type { Enroll, Enrolled } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { isUserPublicKey } from '@klevr/messaging/auth/agent-credentials';
import { Clock } from '@klevr/platform/clock';
import type { AgentRow } from '../tables/agent.entity.js';
import { hashOfToken } from '../zones/join-tokens.service.js';
import { AgentCredentialsIssuer } from './agent-credentials.issuer.js';
import { AgentsStore } from './agents.store.js';
import { EnrolmentStore } from './enrolment.store.js';
import { HostPool } from './host-pool.service.js';

@Injectable()
export class EnrolmentService {
  constructor(
    private readonly store: EnrolmentStore,
    private readonly agents: AgentsStore,
    private readonly pool: HostPool,
    private readonly issuer: AgentCredentialsIssuer,
    private readonly clock: Clock,
  ) {}

  async enroll(enroll: Enroll): Promise<Omit<Enrolled, 'taskKeys'>> {
    if (!isUserPublicKey(enroll.publicKey)) {
      const errors = [{ path: 'publicKey', message: 'is not the public half of a NATS user key' }];
      throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors });
    }
    const nowMs = this.clock.nowMs();
    const at = new Date(nowMs);
    const wanted: AgentRow = {
      ...{ id: newId('agent'), zoneId: '', publicKey: enroll.publicKey, labels: {}, version: enroll.version, facts: enroll.host },
      ...{ status: 'pending', statusCause: 'enrolled, has not said hello yet', statusSince: at },
      ...{ beaconUrl: null, session: null, journalId: null, connServer: null, connClient: null, standing: false, loadScore: 0 },
      ...{ revision: 1, approved: true, drained: false, machineId: enroll.host.machineId ?? null, bootId: enroll.host.bootId },
      ...{ lastSeenAt: null, createdAt: at },
    };
    const { agent, zone } = await this.store.enrol(hashOfToken(enroll.joinToken), wanted);
    await this.pool.changed(agent);
    return {
      agentId: agent.id,
      zoneId: zone.id,
      zoneName: zone.name,
      natsUrls: [...this.issuer.natsUrls],
      ...(await this.issuer.issue(agent, nowMs)),
      settings: { heartbeatSeconds: zone.settings.heartbeatSeconds },
    };
  }

  async renew(agentId: string, zoneId: string): Promise<{ userJwt: string; userJwtExpiresAt: string }> {
    const agent = await this.agents.get(agentId);
    if (agent.zoneId !== zoneId) throw new AppError('NOT_FOUND', 'There is no such agent');
    return this.issuer.issue(agent, this.clock.nowMs());
  }
}
