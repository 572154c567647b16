import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AskCredentials, Enroll, credentialsProof, type AgentCredentials, type Enrolled } from '@klevr/contracts/agent';
import { AppError } from '@klevr/contracts/errors';
import { isSignedBy } from '@klevr/messaging/auth/agent-keys';

/** The gateway's two routes for agents, over real HTTP; answers to an agent that waits for approval are held as the real ones are. */
export interface GatewayAnswers {
  readonly enrol: (body: Enroll) => Promise<Enrolled>;
  readonly credentials: (agentId: string) => Promise<AgentCredentials>;
}

export class FakeGateway {
  readonly joinTokens: string[] = [];
  readonly asks: AskCredentials[] = [];
  /** Agents that wait for approval. */
  readonly pending = new Set<string>();
  readonly removed = new Set<string>();
  /** Answered 503. */
  away = false;
  private readonly publicKeys = new Map<string, string>();
  private readonly held = new Set<() => void>();

  private constructor(
    private readonly http: Server,
    private readonly answers: GatewayAnswers,
  ) {}

  static async open(answers: GatewayAnswers): Promise<FakeGateway> {
    const http = createServer();
    const gateway = new FakeGateway(http, answers);
    http.on('request', (request, response) => void gateway.serve(request, response));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  approve(agentId: string): void {
    this.pending.delete(agentId);
    for (const look of this.held) look();
  }

  close(): void {
    this.http.close();
    this.http.closeAllConnections();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    try {
      if (this.away) throw new AppError('UNAVAILABLE', 'away');
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      const agentId = /^\/api\/v1\/agents\/([^/]+)\/credentials$/.exec(request.url ?? '')?.[1];
      const answer =
        agentId === undefined ? await this.enrol(Enroll.parse(body)) : await this.credentials(agentId, AskCredentials.parse(body));
      response.writeHead(agentId === undefined ? 201 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      const { code, status, message } = error instanceof AppError ? error : new AppError('BAD_REQUEST', String(error));
      response
        .writeHead(status, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ code, title: code, detail: message }));
    }
  }

  private async enrol(body: Enroll): Promise<Enrolled> {
    this.joinTokens.push(body.joinToken);
    const enrolled = await this.answers.enrol(body);
    this.publicKeys.set(enrolled.agentId, body.publicKey);
    if (body.joinToken !== 'needs-approval') return enrolled;
    this.pending.add(enrolled.agentId);
    return { ...enrolled, userJwt: null, userJwtExpiresAt: null };
  }

  private async credentials(agentId: string, ask: AskCredentials): Promise<AgentCredentials> {
    this.asks.push(ask);
    const signed = isSignedBy(this.publicKeys.get(agentId) ?? '', credentialsProof(agentId, ask.atMs), ask.signature);
    if (!signed) throw new AppError('UNAUTHENTICATED', 'not signed by the key of this agent');
    if (this.pending.has(agentId)) await this.approval(agentId, ask.waitSeconds);
    if (this.removed.has(agentId)) throw new AppError('AGENT_REMOVED', 'removed by a test');
    return this.answers.credentials(agentId);
  }

  private async approval(agentId: string, waitSeconds: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => (this.held.delete(look), reject(new AppError('NOT_APPROVED', 'wait'))), waitSeconds * 1000);
      const look = (): void => {
        if (this.pending.has(agentId)) return;
        clearTimeout(timer);
        this.held.delete(look);
        resolve();
      };
      this.held.add(look);
    });
  }
}
