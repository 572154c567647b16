import type { Api } from '@klevr/testing/api';
import { Pool } from 'undici';

/**
 * Makes tasks as fast as the gateway takes them: it shares the machine with what is measured, so it uses a client that costs less than `fetch`.
 * Promises: a task that was not answered with 201 ends the measurement. Does not: retry.
 */
export class LoadClient {
  private readonly pool: Pool;
  private readonly headers: Record<string, string>;

  constructor(api: Api, connections: number) {
    this.pool = new Pool(api.origin, { connections, pipelining: 1 });
    this.headers = { authorization: api.authorization, 'content-type': 'application/json' };
  }

  /** Their ids. One is posted as a task, several as a bulk. */
  async create(tasks: readonly object[]): Promise<string[]> {
    const [only] = tasks;
    if (tasks.length === 1) return [(await this.post<{ id: string }>('/tasks', only)).id];
    return (await this.post<{ items: { id: string }[] }>('/tasks/bulk', { tasks })).items.map(({ id }) => id);
  }

  private async post<T>(path: string, content: unknown): Promise<T> {
    const { statusCode, body } = await this.pool.request({
      method: 'POST',
      path: `/api/v1${path}`,
      headers: this.headers,
      body: JSON.stringify(content),
    });
    const text = await body.text();
    if (statusCode !== 201) throw new Error(`POST ${path} answered ${statusCode}: ${text}`);
    return JSON.parse(text) as T;
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}
