import type { Agent } from '@klevr/contracts/agent';
import type { Run, Task } from '@klevr/contracts/task';
import type { PrimaryInfo, Term } from '@klevr/contracts/zone';

/** The few calls that the demo makes, over plain HTTP as any program would. Every fault is an Error with the answer's text. */
export class ApiClient {
  private constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  static async signIn(apiUrl: string, username: string, password: string): Promise<ApiClient> {
    const base = `${apiUrl}/api/v1`;
    const answer = await fetchJson<{ token: string }>(`${base}/sessions`, { method: 'POST', body: { username, password } });
    return new ApiClient(base, answer.token);
  }

  async agents(zone: string): Promise<Agent[]> {
    return (await this.get<{ items: Agent[] }>(`/agents?zone=${zone}&limit=200`)).items;
  }

  async primary(zone: string): Promise<PrimaryInfo | null> {
    return this.get<PrimaryInfo | null>(`/zones/${zone}/primary`);
  }

  async terms(zone: string): Promise<Term[]> {
    return (await this.get<{ items: Term[] }>(`/zones/${zone}/primary/history?limit=20`)).items;
  }

  async createTask(task: object): Promise<Task> {
    return fetchJson<Task>(`${this.base}/tasks`, { method: 'POST', body: task, token: this.token });
  }

  async task(id: string): Promise<Task> {
    return this.get<Task>(`/tasks/${id}`);
  }

  async runs(taskId: string): Promise<Run[]> {
    return (await this.get<{ items: Run[] }>(`/tasks/${taskId}/runs?limit=200`)).items;
  }

  private get<T>(path: string): Promise<T> {
    return fetchJson<T>(`${this.base}${path}`, { token: this.token });
  }
}

const fetchJson = async <T>(url: string, options: { method?: string; body?: object; token?: string } = {}): Promise<T> => {
  const answer = await fetch(url, {
    method: options.method ?? 'GET',
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${options.method ?? 'GET'} ${new URL(url).pathname} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as T;
};
