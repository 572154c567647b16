import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@klevr/launcher/klevr-home';
import { publicKeyOf, parseNatsIdentity, serializeNatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { eventually } from '../eventually.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

const agents = ['agent-1', 'agent-2', 'agent-3'];

/** What an agent keeps of itself, as far as keys go. */
interface Kept {
  readonly agentId: string;
  readonly userJwt: string;
  readonly taskKeys: { readonly generation?: number; readonly keys: readonly { readonly kid: string }[] };
}

describe('keys that are rotated while agents work', () => {
  let open: SystemBed;
  beforeAll(async () => {
    open = await openSystemBed({ agents: agents.length });
    // Where npm start keeps it.
    await writeFile(secretFile('nats-identity.json'), serializeNatsIdentity(open.bed.natsIdentity), { mode: 0o600 });
  }, 90_000);
  afterAll(() => open.close(), 90_000);

  const secretFile = (name: string): string => join(open.bed.folder, 'secrets', name);
  const rotate = async (program: string, ...args: string[]): Promise<void> => {
    const path = join(workspaceRoot, 'scripts', 'dist', `${program}.js`);
    await promisify(execFile)(process.execPath, [path, ...args], { timeout: 30_000 });
  };
  const kept = async (name: string): Promise<Kept> =>
    JSON.parse(await readFile(join(open.system.agentDir(name), 'identity.json'), 'utf8')) as Kept;
  const every = (what: string, condition: (agent: Kept) => boolean): Promise<true> =>
    eventually(what, 30_000, async () => ((await Promise.all(agents.map(kept))).every(condition) ? true : undefined));
  const issuerOf = ({ userJwt }: Kept): unknown =>
    (JSON.parse(Buffer.from(userJwt.split('.')[1] ?? '', 'base64url').toString()) as { iss: unknown }).iss;
  const sessions = async (): Promise<(string | null)[]> =>
    (await open.system.api.agents(open.system.zone)).sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ session }) => session);

  /** Tasks for all agents, one after the other, until what is done meanwhile is done; answers how they ended, each way once. */
  const workWhile = async (work: () => Promise<void>): Promise<string[]> => {
    const { api, zone } = open.system;
    let done = false;
    const working = work().finally(() => (done = true));
    const ids: string[] = [];
    while (!done || ids.length < 5) {
      const task = { name: 'work', zone, target: { all: '' }, steps: [{ name: 'wait', run: 'sleep 0.1' }] };
      const { id } = await api.createTask(task);
      ids.push(id);
      await api.taskEnd(id);
    }
    await working;
    return [...new Set(await Promise.all(ids.map(async (id) => (await api.taskEnd(id)).status)))];
  };
  const allWell = ['succeeded'];

  it('those that sign tasks: agents learn the new one before it signs, and nothing is lost', async () => {
    const [{ kid: old } = { kid: '' }] = (await kept('agent-1')).taskKeys.keys;
    const ends = await workWhile(async () => {
      await rotate('rotate-task-keys', '--file', open.system.files.taskKey, '--sign-after', '1');
      await every('both keys', ({ taskKeys: { keys } }) => keys.length === 2 && keys[1]?.kid === old);
    });
    expect(ends).toEqual(allWell);
  }, 60_000);

  it('those that sign tasks, at once, as the old one was stolen: it is good for nothing then, and nothing is lost', async () => {
    const before = (await kept('agent-1')).taskKeys.keys.map(({ kid }) => kid);
    const ends = await workWhile(async () => {
      await rotate('rotate-task-keys', '--file', open.system.files.taskKey, '--revoke-old');
      await every('the new key alone', ({ taskKeys: { keys } }) => keys.length === 1 && !before.includes(keys[0]?.kid ?? ''));
    });
    expect(ends).toEqual(allWell);
  }, 60_000);

  it('those that sign tasks, for an agent that was away meanwhile: it finds its way from the ones that it knows', async () => {
    await open.system.signal('agent-3', 'SIGKILL');
    await rotate('rotate-task-keys', '--file', open.system.files.taskKey, '--revoke-old');
    await rotate('rotate-task-keys', '--file', open.system.files.taskKey, '--revoke-old');
    const { keys } = JSON.parse(await readFile(open.system.files.taskKey, 'utf8')) as Kept['taskKeys'];
    await open.system.startAgain('agent-3');
    await every('the newest key', ({ taskKeys }) => taskKeys.keys.length === 1 && taskKeys.keys[0]?.kid === keys[0]?.kid);
    await open.system.settled(agents.length);
    expect(await workWhile(() => Promise.resolve())).toEqual(allWell);
  }, 60_000);

  it('those that sign the credentials of agents and services: sessions go on, and the old ones can go then', async () => {
    const before = await sessions();
    const ends = await workWhile(async () => {
      await rotate('rotate-nats-keys', '--secrets', secretFile(''), '--wait', '1');
      const issuer = publicKeyOf(parseNatsIdentity(await readFile(secretFile('nats-identity.json'), 'utf8')).agentSigningSeed);
      await every('credentials of the new key', (agent) => issuerOf(agent) === issuer);
    });
    expect(ends).toEqual(allWell);
    await rotate('rotate-nats-keys', '--secrets', secretFile(''), '--step', 'finish');
    await open.system.settled(agents.length);
    expect(await workWhile(() => Promise.resolve())).toEqual(allWell);
    expect(await sessions()).toEqual(before);
  }, 90_000);

  it('those that sign the credentials of agents, at once, as the old one was stolen: agents come back by way of the gateway', async () => {
    await rotate('rotate-nats-keys', '--secrets', secretFile(''), '--revoke-old');
    const issuer = publicKeyOf(parseNatsIdentity(await readFile(secretFile('nats-identity.json'), 'utf8')).agentSigningSeed);
    await every('credentials of the new key', (agent) => issuerOf(agent) === issuer);
    await open.system.settled(agents.length);
    expect(await workWhile(() => Promise.resolve())).toEqual(allWell);
  }, 90_000);
});
