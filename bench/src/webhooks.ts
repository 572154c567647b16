import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KlevrSystem } from '@klevr/testing/klevr-system';
import { eventually } from '@klevr/testing/eventually';
import { printFigure, spread } from './figures.js';
import { LoadClient } from './load-client.js';

/** Beginning, step, end of the run, end. */
const messagesATask = 4;
const timestampIn = /"timestamp":"([^"]+)"/;

/** Takes what is posted and says when each message had fallen due and when it was here. */
class Counter {
  readonly dueMs: number[] = [];
  readonly hereMs: number[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Counter> {
    const server = createServer();
    const counter = new Counter(server);
    server.on('request', (request, response) => {
      let head = '';
      request.on('data', (chunk: Buffer) => {
        if (head === '') head = chunk.toString('latin1', 0, 200);
      });
      request.on('end', () => {
        counter.hereMs.push(Date.now());
        counter.dueMs.push(Date.parse(timestampIn.exec(head)?.[1] ?? ''));
        response.writeHead(204).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return counter;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/**
 * Messages a second to one local receiver, each signed and answered with 2xx before its next one in order: from the time the first fell due to the last
 * answer. Several subscriptions hear of all that happens to each task, so most of the time is the sender's alone. Then how long a message takes while few are due.
 */
export const measureWebhooks = async (
  system: KlevrSystem,
  { tasks, webhooks, perSecond, seconds }: { tasks: number; webhooks: number; perSecond: number; seconds: number },
): Promise<void> => {
  const many = await tellOf(system, { webhooks, tasks, atOnce: 100 });
  const taken = (Math.max(...many.hereMs) - Math.min(...many.dueMs)) / 1000;
  const settings = { tasks, webhooks, receivers: 1, on: 'all', natsSync: 'always' };
  printFigure(
    'webhook messages a second, from due to 2xx',
    { perSecond: many.hereMs.length / taken, messages: many.hereMs.length },
    settings,
  );

  const few = await tellOf(system, { webhooks: 1, tasks: perSecond * seconds, perSecond });
  const delays = few.hereMs.map((here, index) => here - (few.dueMs[index] ?? Number.NaN));
  printFigure('webhook message due to received', spread(delays), { tasksPerSecond: perSecond, seconds, on: 'all', natsSync: 'always' });
};

const tellOf = async (
  system: KlevrSystem,
  { webhooks, tasks, atOnce = 1, perSecond }: { webhooks: number; tasks: number; atOnce?: number; perSecond?: number },
): Promise<Counter> => {
  const counter = await Counter.start();
  const posts = new LoadClient(system.api, 4);
  const hooks: string[] = [];
  try {
    for (let made = 0; made < webhooks; made++) {
      hooks.push((await system.api.post<{ id: string }>('/webhooks', { url: counter.url, zone: system.zone, on: ['all'] })).id);
    }
    const agents = (await system.api.agents(system.zone)).map(({ id }) => id);
    const startedAt = performance.now();
    for (let first = 0; first < tasks; first += atOnce) {
      const dueMs = perSecond === undefined ? 0 : startedAt + (first * 1000) / perSecond - performance.now();
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      const count = Math.min(atOnce, tasks - first);
      await posts.create(Array.from({ length: count }, (_, index) => taskFor(system.zone, agents[(first + index) % agents.length] ?? '')));
    }
    const all = tasks * webhooks * messagesATask;
    await eventually(`${all} messages`, 300_000, () => (counter.hereMs.length >= all ? true : undefined));
    if (counter.hereMs.length > all) throw new Error(`${counter.hereMs.length} messages came where ${all} were due`);
    return counter;
  } finally {
    await posts.close();
    for (const hook of hooks) await system.api.delete(`/webhooks/${hook}`);
    counter.stop();
  }
};

const taskFor = (zone: string, agent: string): object => ({
  name: 'bench',
  zone,
  target: { agent },
  steps: [{ name: 'noop', use: 'Noop' }],
});
