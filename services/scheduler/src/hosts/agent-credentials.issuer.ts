import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { issueAgentJwt, type AgentIssuer } from '@klevr/messaging/auth/agent-credentials';
import { publicKeyOf } from '@klevr/messaging/auth/nats-identity';

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
    return new AgentCredentialsIssuer(issuerOf(readFileSync(path, 'utf8')), natsUrls);
  }

  /** The public half of the key that signs. */
  get publicKey(): string {
    return publicKeyOf(this.issuer.scopedSigningSeed);
  }

  /** Signs with this one from now on; false where it is the one that signs already. Throws as `fromFile` does, and nothing changes then. */
  use(text: string): boolean {
    const issuer = issuerOf(text);
    if (issuer.scopedSigningSeed === this.issuer.scopedSigningSeed) return false;
    this.issuer = issuer;
    return true;
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

const issuerOf = (text: string): AgentIssuer => {
  const parsed = AgentIssuerFile.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error(`the agent issuer's file is none: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

/** What no JSON is shows itself in the parser's own words. */
const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
