import type { Agent, UpdateAgent } from '@klevr/contracts/agent';
import { type Run, type Task, isTerminal } from '@klevr/contracts/task';
import type { CreateJoinToken, CreatedJoinToken, Incident, PrimaryInfo, Term, UpdateZone, Zone } from '@klevr/contracts/zone';
import { EventClient } from './event-client.js';
import { eventually } from './eventually.js';

/** The REST API as a program outside sees it. Answers that are not 2xx are thrown with their text. */
export class Api {
  constructor(
    readonly origin: string,
    private token = '',
  ) {}

  async signIn(username: string, password: string): Promise<void> {
    this.token = (await this.post<{ token: string }>('/sessions', { username, password })).token;
  }

  /** What a client of another kind sends as `authorization`. */
  get authorization(): string {
    return `Bearer ${this.token}`;
  }

  /** The answer as it came, whatever its status. */
  raw(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.origin}/api/v1${path}`, {
      method,
      headers: {
        ...(this.token === '' ? {} : { authorization: this.authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
  }

  get<T>(path: string): Promise<T> {
    return this.read<T>('GET', path);
  }

  post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    return this.read<T>('POST', path, body, headers);
  }

  patch<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    return this.read<T>('PATCH', path, body, headers);
  }

  delete(path: string, headers: Record<string, string> = {}): Promise<void> {
    return this.read<void>('DELETE', path, undefined, headers);
  }

  updateZone(zone: string, changes: UpdateZone): Promise<Zone> {
    return this.patch<Zone>(`/zones/${zone}`, changes);
  }

  deleteZone(zone: string, force = false): Promise<void> {
    return this.delete(`/zones/${zone}?force=${force}`);
  }

  createJoinToken(zone: string, joinToken: Partial<CreateJoinToken> = {}): Promise<CreatedJoinToken & { command: string }> {
    return this.post(`/zones/${zone}/join-tokens`, joinToken);
  }

  agent(id: string): Promise<Agent> {
    return this.get<Agent>(`/agents/${id}`);
  }

  updateAgent(id: string, changes: UpdateAgent): Promise<Agent> {
    return this.patch<Agent>(`/agents/${id}`, changes);
  }

  /** An action on an agent, asked for as an operator does. */
  tellAgent(id: string, action: 'approve' | 'drain' | 'undrain'): Promise<Agent> {
    return this.post<Agent>(`/agents/${id}/${action}`, {});
  }

  removeAgent(id: string): Promise<void> {
    return this.delete(`/agents/${id}`);
  }

  async incidents(query = ''): Promise<Incident[]> {
    return (await this.get<{ items: Incident[] }>(`/incidents?limit=200${query}`)).items;
  }

  closeIncident(id: string): Promise<Incident> {
    return this.post<Incident>(`/incidents/${id}/close`, {});
  }

  /** Follows `GET /events` with this query (`?type=host.*`), once the server has told where it begins. The caller hangs up. */
  async follow(search = '', lastEventId?: string): Promise<EventClient> {
    const client = await EventClient.open(this.origin, search, {
      token: this.token,
      ...(lastEventId === undefined ? {} : { lastEventId }),
    });
    if (lastEventId === undefined) await client.begun();
    return client;
  }

  async agents(zone: string): Promise<Agent[]> {
    return (await this.get<{ items: Agent[] }>(`/agents?zone=${zone}&limit=200`)).items;
  }

  zone(zone: string): Promise<Zone> {
    return this.get<Zone>(`/zones/${zone}`);
  }

  primary(zone: string): Promise<PrimaryInfo | null> {
    return this.get<PrimaryInfo | null>(`/zones/${zone}/primary`);
  }

  async terms(zone: string): Promise<Term[]> {
    return (await this.get<{ items: Term[] }>(`/zones/${zone}/primary/history?limit=200`)).items;
  }

  createTask(task: object, idempotencyKey?: string): Promise<Task> {
    return this.post<Task>('/tasks', task, idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey });
  }

  async runs(taskId: string): Promise<Run[]> {
    return (await this.get<{ items: Run[] }>(`/tasks/${taskId}/runs?limit=200`)).items;
  }

  async taskEnd(taskId: string, timeoutMs = 30_000): Promise<Task> {
    return eventually(`the end of ${taskId}`, timeoutMs, async () => {
      const task = await this.get<Task>(`/tasks/${taskId}`);
      return isTerminal(task.status) ? task : undefined;
    });
  }

  private async read<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const answer = await this.raw(method, path, body, headers);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
