import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SystemBed } from './system-bed.fixture.js';

/** A secret by what it is for, so that a test that finds one says which. */
export interface Planted {
  readonly name: string;
  readonly text: string;
}

const random = (): string => randomBytes(24).toString('hex');
const hookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
const deafUrl = 'http://127.0.0.1:9/hook';

/** Gives and gets every kind of secret by the API, in requests that are right and in some that are refused, and answers them all. */
export const plantByApi = async ({ system: { api, zone } }: SystemBed): Promise<Planted[]> => {
  const planted: Planted[] = [{ name: 'session token', text: api.authorization.replace('Bearer ', '') }];
  const note = (name: string, text: string | undefined): string => {
    if (text === undefined) throw new Error(`no answer has the ${name}`);
    planted.push({ name, text });
    return text;
  };
  const once = (): Record<string, string> => ({ 'idempotency-key': random() });
  const steps = [{ name: 'nothing', run: 'true' }];
  const callbacks = (secret?: string): object[] => [{ url: deafUrl, ...(secret === undefined ? {} : { secret }) }];

  interface Hooked {
    readonly callbacks: readonly { readonly secret?: string }[];
  }
  const task = { name: 'hooked', zone, target: { all: '' }, steps };
  await api.post('/tasks', { ...task, callbacks: callbacks(note('given callback secret', hookSecret())) }, once());
  const made = await api.post<Hooked>('/tasks', { ...task, callbacks: callbacks() }, once());
  note('made callback secret', made.callbacks[0]?.secret);
  const schedule = { name: 'yearly', cron: '0 0 1 1 *', paused: true };
  const given = note("schedule's given secret", hookSecret());
  await api.post('/schedules', { ...schedule, task: { ...task, callbacks: callbacks(given) } }, once());
  const scheduled = await api.post<{ task: Hooked }>('/schedules', { ...schedule, task: { ...task, callbacks: callbacks() } }, once());
  note("schedule's made secret", scheduled.task.callbacks[0]?.secret);
  await api.post('/webhooks', { url: deafUrl, on: ['failure'], secret: note('given webhook secret', hookSecret()) }, once());
  note('made webhook secret', (await api.post<{ secret?: string }>('/webhooks', { url: deafUrl, on: ['failure'] }, once())).secret);
  note('join token', (await api.post<{ token: string }>(`/zones/${zone}/join-tokens`, {}, once())).token);
  const token = note('API token', (await api.post<{ token: string }>('/tokens', { name: 'planted', role: 'viewer' }, once())).token);
  await api.raw('GET', '/zones', undefined, { authorization: `Bearer ${token}` });

  const people = (body: object): Promise<{ password: string | null }> => api.post('/users', body, once());
  await people({ username: 'given', password: note('given password', random()) });
  const generated = await people({ username: 'generated', generatePassword: true });
  const password = note('generated password', generated.password ?? undefined);
  note('its session token', (await api.post<{ token: string }>('/sessions', { username: 'generated', password })).token);
  const invitation = note('invitation', (await api.post<{ token: string }>('/invitations', {}, once())).token);
  const invited = { username: 'invited', password: note('password of the invited', random()), invitation };
  note('session token of the invited', (await api.post<{ token?: string }>('/sign-up', invited)).token ?? invitation);

  const refused = [
    ['/sessions', { username: 'admin', password: note('wrong password', random()) }],
    ['/sessions', { username: 'admin', password: note('password of a faulty sign-in', random()), otp: 1 }],
    [`/zones/${zone}/credentials`, { name: 'FAULTY', value: note('value of a faulty credential', random()), description: 5 }],
    ['/tasks', { ...task, callbacks: callbacks(note('faulty callback secret', `whsec_${random()}!`)) }],
    ['/users', { username: 'faulty', password: note('password of a faulty user', random()), grants: 1 }],
    [
      '/sign-up',
      { username: 'faulty', password: note('password of a faulty sign-up', random()), invitation: note('wrong invitation', random()) },
    ],
    ['/enroll', { joinToken: note('wrong join token', `klj_${random()}`) }],
  ] as const;
  for (const [path, body] of refused) {
    const answer = await api.raw('POST', path, body);
    const text = await answer.text();
    if (answer.ok || planted.some((secret) => text.includes(secret.text)))
      throw new Error(`POST ${path} answered ${answer.status}: ${text}`);
  }
  const unknown = note('unknown token', `klt_${random()}`);
  await api.raw('GET', '/zones', undefined, { authorization: `Bearer ${unknown}` });
  return planted;
};

/** What the installation itself stands on, and what the agent made for itself. */
export const installationSecrets = async ({ bed, system }: SystemBed, agent: string): Promise<Planted[]> => {
  const read = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();
  const { files } = system;
  const { operatorSeed, operatorSigningSeed, systemAccountSeed, accountSeed, serviceSigningSeed, agentSigningSeed } = bed.natsIdentity;
  const seeds = { operatorSeed, operatorSigningSeed, systemAccountSeed, accountSeed, serviceSigningSeed, agentSigningSeed };
  const creds = await Promise.all([...Object.values(files.serviceCreds), files.systemCreds].map(read));
  const taskKey = JSON.parse(await read(files.taskKey)) as { d: string };
  const auditKey = JSON.parse(await read(files.auditKey)) as { d: string };
  const identity = JSON.parse(await read(join(system.agentDir(agent), 'identity.json'))) as { seed: string };
  return [
    ...Object.entries(seeds).map(([name, text]) => ({ name, text })),
    ...creds.map((text, index) => ({ name: `seed of a service ${index}`, text: /\b(SU[A-Z2-7]{56})\b/.exec(text)?.[1] ?? '' })),
    ...(await read(files.masterKey)).split('\n').map((line) => ({ name: 'master key', text: line.slice(line.indexOf(':') + 1) })),
    { name: 'key that signs tasks', text: taskKey.d },
    { name: 'key that signs the audit trail', text: auditKey.d },
    { name: 'password of the database', text: decodeURIComponent(new URL(bed.databaseUrl).password) },
    { name: 'password of the first admin', text: await system.adminPassword() },
    { name: "agent's seed", text: identity.seed },
    { name: "agent's sealing key", text: await read(join(system.agentDir(agent), 'sealing-key')) },
  ];
};
