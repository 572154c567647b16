/** The demo zone of a started system, made and watched over the REST interface as any program would do it. */
import { setTimeout as delay } from 'node:timers/promises';
import { page } from '@klevr/contracts/contract';
import { Agent, type AgentKind } from '@klevr/contracts/agent';
import { CreatedJoinToken, PrimaryInfo } from '@klevr/contracts/zone';
import { z } from 'zod';

export const DEMO_ZONE = 'demo';
const TOKEN_TTL_SECONDS = 900;
const CALL_TIMEOUT_MS = 15_000;
const LOOK_AGAIN_MS = 100;

export interface DemoZoneOptions {
  apiUrl: string;
  username: string;
  password: string;
  signal: AbortSignal;
}

export interface DemoZone {
  name: string;
  joinToken: string;
  /** Of a worker. */
  workerToken: string;
  /** Answers when these agents are online and one of them is the zone's primary. */
  awaitReady(agentIds: string[], timeoutMs: number): Promise<void>;
  /** The tokens are not needed any more once all agents have an identity. */
  revokeJoinTokens(): Promise<void>;
}

/** Undefined where the password is another by now: then nothing can be made or watched, and the zone stays as it is. */
export async function openDemoZone(options: DemoZoneOptions): Promise<DemoZone | undefined> {
  const { username, password } = options;
  const session = await call(options, 'POST', '/sessions', { body: { username, password }, answer: z.object({ token: z.string() }) });
  const { token } = session.body ?? { token: '' };
  if (session.status === 401) return undefined;
  required(session);
  const ask = <S extends z.ZodType>(method: string, path: string, answer: S, body?: object) =>
    call(options, method, path, { token, body, answer });

  const found = await ask('GET', `/zones/${DEMO_ZONE}`, z.unknown());
  if (found.status === 404) await ask('POST', '/zones', z.unknown(), { name: DEMO_ZONE }).then(required);
  const tokenFor = (kind: AgentKind): Promise<CreatedJoinToken> =>
    ask('POST', `/zones/${DEMO_ZONE}/join-tokens`, CreatedJoinToken, { ttlSeconds: TOKEN_TTL_SECONDS, maxUses: 100, kind }).then(required);
  const [joinToken, workerToken] = await Promise.all([tokenFor('agent'), tokenFor('worker')]);

  return {
    name: DEMO_ZONE,
    joinToken: joinToken.token,
    workerToken: workerToken.token,
    async awaitReady(agentIds, timeoutMs) {
      const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
      // Asked again and again only here, at the start: no service waits for this.
      for (;;) {
        const agents = await ask('GET', `/agents?zone=${DEMO_ZONE}&limit=200`, page(Agent)).then(required);
        const primary = await ask('GET', `/zones/${DEMO_ZONE}/primary`, PrimaryInfo.nullable()).then((answer) => answer.body ?? null);
        const waiting = agentIds.filter((id) => agents.items.find((agent) => agent.id === id)?.status !== 'online');
        if (waiting.length === 0 && primary !== null && agentIds.includes(primary.agentId)) return;
        if (deadline.aborted) {
          options.signal.throwIfAborted();
          throw new Error(`the demo zone is not ready: ${waiting.length} agents not online, ${primary === null ? 'no' : 'one'} primary`);
        }
        await delay(LOOK_AGAIN_MS, undefined, { signal: deadline }).catch(() => undefined);
      }
    },
    async revokeJoinTokens() {
      const revoke = ({ id }: CreatedJoinToken) => ask('DELETE', `/zones/${DEMO_ZONE}/join-tokens/${id}`, z.unknown());
      await Promise.all([joinToken, workerToken].map(revoke));
    },
  };
}

interface Answer<T> {
  status: number;
  /** Absent for a status other than 2xx. */
  body?: T;
  fault: string;
}

async function call<S extends z.ZodType>(
  { apiUrl, signal }: DemoZoneOptions,
  method: string,
  path: string,
  request: { token?: string; body?: object | undefined; answer: S },
): Promise<Answer<z.infer<S>>> {
  const response = await fetch(`${apiUrl}/api/v1${path}`, {
    method,
    headers: {
      ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
  });
  const text = await response.text();
  const fault = `${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`;
  if (!response.ok) return { status: response.status, fault };
  return { status: response.status, fault, body: request.answer.parse(text === '' ? undefined : JSON.parse(text)) };
}

function required<T>(answer: Answer<T>): T {
  if (answer.body === undefined && answer.status >= 300) throw new Error(answer.fault);
  return answer.body as T;
}
