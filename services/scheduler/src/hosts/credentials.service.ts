import { Injectable } from '@nestjs/common';
import { credentialsProof, type AgentCredentials, type AskCredentials, type Enrolled } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { isSignedBy } from '@klevr/messaging/auth/agent-keys';
import { Clock } from '@klevr/platform/clock';
import type { AgentRow } from '../tables/agent.entity.js';
import { AgentCredentialsIssuer } from './agent-credentials.issuer.js';
import { AgentsStore } from './agents.store.js';
import { RevocationsStore } from './revocations.store.js';

/** How far the clock of a host may be from ours. A proof that is older is worth nothing; a copied one gives nobody the private key. */
const proofMs = 3_600_000;

/** Gives agents their NATS credentials: none before an operator let them in, and never again once they were removed. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly agents: AgentsStore,
    private readonly revocations: RevocationsStore,
    private readonly issuer: AgentCredentialsIssuer,
    private readonly clock: Clock,
  ) {}

  now(): Date {
    return new Date(this.clock.nowMs());
  }

  async forEnrolled(agent: AgentRow): Promise<Pick<Enrolled, 'userJwt' | 'userJwtExpiresAt' | 'natsUrls'>> {
    const natsUrls = [...this.issuer.natsUrls];
    if (!agent.approved) return { natsUrls, userJwt: null, userJwtExpiresAt: null };
    return { natsUrls, ...(await this.issuer.issue(agent, this.clock.nowMs())) };
  }

  async renew(agentId: string, zoneId: string): Promise<{ userJwt: string; userJwtExpiresAt: string }> {
    const agent = await this.agents.get(agentId);
    if (agent.zoneId !== zoneId) throw new AppError('NOT_FOUND', 'There is no such agent');
    return this.issuer.issue(agent, this.clock.nowMs());
  }

  /** For an agent that cannot ask over NATS: it proves by a signature that it is the one that enrolled. */
  async ask(id: string, { atMs, signature }: Pick<AskCredentials, 'atMs' | 'signature'>): Promise<AgentCredentials> {
    const nowMs = this.clock.nowMs();
    if (Math.abs(nowMs - atMs) > proofMs) {
      throw new AppError(
        'UNAUTHENTICATED',
        `The host's clock differs from ours by ${Math.round((atMs - nowMs) / 1000)} s, more than an hour`,
      );
    }
    const signed = ({ publicKey }: { readonly publicKey: string }): boolean => isSignedBy(publicKey, credentialsProof(id, atMs), signature);
    const agent = await this.agents.find(id);
    if (!agent || !signed(agent)) throw await this.refusalOf(id, agent, signed);
    if (!agent.approved) throw new AppError('NOT_APPROVED', 'The agent waits for an operator to approve it');
    return { ...(await this.issuer.issue(agent, nowMs)), natsUrls: [...this.issuer.natsUrls] };
  }

  private async refusalOf(id: string, agent: AgentRow | undefined, signed: (key: { publicKey: string }) => boolean): Promise<AppError> {
    const revoked = await this.revocations.keysOf(id);
    if (revoked.some(signed))
      return new AppError('AGENT_REMOVED', 'This agent was removed, or its host joined again; it needs a new join token');
    if (!agent && revoked.length === 0) return new AppError('NOT_FOUND', 'There is no such agent');
    return new AppError('UNAUTHENTICATED', "The signature is not that of the agent's key");
  }
}
