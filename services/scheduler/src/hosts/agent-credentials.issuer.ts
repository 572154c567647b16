import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AgentKind } from '@klevr/contracts/agent';
import { issueAgentJwt, type AgentIssuer } from '@klevr/messaging/auth/agent-credentials';
import { publicKeyOf } from '@klevr/messaging/auth/nats-identity';
import { issuerIn } from './issuer-file.js';

/** How long a JWT of an agent is good. */
export const lifeSeconds = 7 * 86_400;

const AgentIssuerFile = z.object({ scopedSigningSeed: z.string().startsWith('SA'), accountPublicKey: z.string().startsWith('A') });

/** Signs agents' NATS credentials: 7 days, renewed by the agent long before they end. */
export class AgentCredentialsIssuer {
  private constructor(
    private issuer: AgentIssuer,
    readonly natsUrls: readonly string[],
  ) {}

  /** Throws where the file cannot be read or is no issuer, without showing what is in it. */
  static fromFile(path: string, natsUrls: readonly string[]): AgentCredentialsIssuer {
    return new AgentCredentialsIssuer(issuerIn(AgentIssuerFile, readFileSync(path, 'utf8'), 'agent'), natsUrls);
  }

  /** The public half of the key that signs. */
  get publicKey(): string {
    return publicKeyOf(this.issuer.scopedSigningSeed);
  }

  /** Signs with this one from now on; false where it is the one that signs already. Throws as `fromFile` does, and nothing changes then. */
  use(text: string): boolean {
    const issuer = issuerIn(AgentIssuerFile, text, 'agent');
    if (issuer.scopedSigningSeed === this.issuer.scopedSigningSeed) return false;
    this.issuer = issuer;
    return true;
  }

  async issue(
    agent: { id: string; zoneId: string; kind: AgentKind; publicKey: string },
    nowMs: number,
  ): Promise<{ userJwt: string; userJwtExpiresAt: string }> {
    const expiresAtSeconds = Math.floor(nowMs / 1000) + lifeSeconds;
    const grant = { agentPublicKey: agent.publicKey, agentId: agent.id, zoneId: agent.zoneId, kind: agent.kind, expiresAtSeconds };
    return { userJwt: await issueAgentJwt(this.issuer, grant), userJwtExpiresAt: new Date(expiresAtSeconds * 1000).toISOString() };
  }
}
