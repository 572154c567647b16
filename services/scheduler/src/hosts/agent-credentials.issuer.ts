import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { issueAgentJwt, type AgentIssuer } from '@klevr/messaging/auth/agent-credentials';

/** How long a JWT of an agent is good. */
export const lifeSeconds = 7 * 86_400;

const AgentIssuerFile = z.object({ scopedSigningSeed: z.string().startsWith('SA'), accountPublicKey: z.string().startsWith('A') });

/** Signs agents' NATS credentials: 7 days, renewed by the agent long before they end. */
export class AgentCredentialsIssuer {
  private constructor(
    private readonly issuer: AgentIssuer,
    readonly natsUrls: readonly string[],
  ) {}

  /** Throws where the file cannot be read or is no issuer, without showing what is in it. */
  static fromFile(path: string, natsUrls: readonly string[]): AgentCredentialsIssuer {
    const parsed = AgentIssuerFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (!parsed.success) throw new Error(`${path} is not a file of an agent issuer: ${z.prettifyError(parsed.error)}`);
    return new AgentCredentialsIssuer(parsed.data, natsUrls);
  }

  async issue(
    agent: { id: string; zoneId: string; publicKey: string },
    nowMs: number,
  ): Promise<{ userJwt: string; userJwtExpiresAt: string }> {
    const expiresAtSeconds = Math.floor(nowMs / 1000) + lifeSeconds;
    const grant = { agentPublicKey: agent.publicKey, agentId: agent.id, zoneId: agent.zoneId, expiresAtSeconds };
    return { userJwt: await issueAgentJwt(this.issuer, grant), userJwtExpiresAt: new Date(expiresAtSeconds * 1000).toISOString() };
  }
}
