import { type ClientRequest, get } from 'node:http';
import { eventually } from '@klevr/testing/eventually';
import type { KlevrSystem } from '@klevr/testing/klevr-system';
import { percentile, printFigure } from './figures.js';
import { usageOf } from './process-meter.js';

/** Sign-ins with the right password, of several people at once: each costs an argon2id hash of 19 MiB. */
export const measureSignIns = async (system: KlevrSystem, options: { people: number; seconds: number }): Promise<void> => {
  const people = await Promise.all(Array.from({ length: options.people }, (_none, number) => makePerson(system, `bench-person-${number}`)));
  const [latencies, startedAt]: [number[], number] = [[], performance.now()];
  const until = startedAt + options.seconds * 1000;
  const signIns = async (person: Person): Promise<void> => {
    while (performance.now() < until) {
      const askedAt = performance.now();
      await signIn(system, person);
      latencies.push(performance.now() - askedAt);
    }
  };
  await Promise.all(people.map(signIns));
  const perSecond = (latencies.length * 1000) / (performance.now() - startedAt);
  printFigure('sign-ins a second', { perSecond, p50Ms: percentile(latencies, 50), p99Ms: percentile(latencies, 99) }, { ...options });
};

interface Person {
  readonly username: string;
  readonly password: string;
}

async function makePerson({ api }: KlevrSystem, username: string): Promise<Person> {
  const password = `${crypto.randomUUID()} is long`;
  await api.post('/users', { username, password, grants: [{ role: 'viewer', zones: null }] });
  return { username, password };
}

const signIn = async ({ api }: KlevrSystem, person: Person): Promise<string> =>
  (await api.post<{ token: string }>('/sessions', person)).token;

interface Follower {
  readonly request: ClientRequest;
  seen: number;
}

/** Many clients that follow all events: how soon the last of them has an event, and what they cost the gateway. */
export const measureFollowers = async (
  system: KlevrSystem,
  options: { followers: number; users: number; events: number },
): Promise<void> => {
  const tokens = await Promise.all(
    Array.from({ length: options.users }, async (_none, number) => signIn(system, await makePerson(system, `bench-follower-${number}`))),
  );
  const pid = system.pid('gateway');
  const before = await usageOf(pid);
  const followers = await Promise.all(
    Array.from({ length: options.followers }, (_none, number) => follow(system.api.origin, tokens[number % tokens.length] ?? '')),
  );
  const { id } = await system.api.post<{ id: string }>('/zones', { name: 'bench-followed' });
  await eventually('the first event everywhere', 60_000, () => Promise.resolve(followers.every(({ seen }) => seen > 0) ? true : undefined));
  const started = await usageOf(pid);
  const latencies: number[] = [];
  for (let number = 1; number <= options.events; number += 1) {
    const seen = followers.map((one) => one.seen);
    const startedAt = performance.now();
    await system.api.updateZone(id, { labels: { n: String(number) } });
    await eventually('the event everywhere', 60_000, () =>
      Promise.resolve(followers.every((one, at) => one.seen > (seen[at] ?? 0)) ? true : undefined),
    );
    latencies.push(performance.now() - startedAt);
  }
  const after = await usageOf(pid);
  for (const { request } of followers) request.destroy();
  printFigure(
    'followers of events: from the change to the last of them',
    {
      p50Ms: percentile(latencies, 50),
      maxMs: percentile(latencies, 100),
      cpuMicrosecondsPerEventAndFollower: ((after.cpuSeconds - started.cpuSeconds) * 1e6) / options.events / options.followers,
      rssKiBPerFollower: ((after.rssMiB - before.rssMiB) * 1024) / options.followers,
    },
    { ...options },
  );
};

function follow(origin: string, token: string): Promise<Follower> {
  return new Promise((resolve, reject) => {
    const request = get(`${origin}/api/v1/events?type=host.zoneCreated,host.zoneChanged`, {
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    const follower: Follower = { request, seen: 0 };
    request.on('error', reject);
    request.on('response', (response) => {
      if (response.statusCode !== 200) return reject(new Error(`GET /events answered ${response.statusCode}`));
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (follower.seen += chunk.split('\ndata:').length - 1));
      response.on('error', () => undefined);
      resolve(follower);
    });
  });
}
