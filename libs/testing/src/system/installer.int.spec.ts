import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Agent } from '@klevr/contracts/agent';
import { Api } from '../api.js';
import { eventually } from '../eventually.js';
import { BareHost, type Pasted } from './bare-host.fixture.js';
import { InstallerDoor } from './installer-door.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

const obstacle = await BareHost.obstacle();
const title = 'a host with nothing but Node.js, at which the command of a join token is pasted';

(obstacle === undefined ? describe : describe.skip)(obstacle === undefined ? title : `${title} (skipped: ${obstacle})`, () => {
  let open: SystemBed;
  let door: InstallerDoor;
  let api: Api;
  let host: BareHost;
  let running: Pasted;
  let first: Agent;
  let command: string;

  /** What the API tells to paste; asked for through the door, so that the host comes through it as well. */
  const joinToken = (): Promise<{ token: string; command: string }> => api.post(`/zones/${open.system.zone}/join-tokens`, { maxUses: 1 });
  const online = async (what: string, is: (agent: Agent) => boolean = () => true): Promise<Agent> =>
    eventually(what, 30_000, async () => (await api.agents(open.system.zone)).find((agent) => agent.status === 'online' && is(agent)));

  beforeAll(async () => {
    open = await openSystemBed({ agents: 0 });
    door = await InstallerDoor.open(open.system.api.origin);
    api = new Api(door.origin);
    await api.signIn('admin', (await readFile(open.system.files.adminPassword, 'utf8')).trim());
    host = await BareHost.make(join(open.bed.folder, 'bare-host'));
  }, 90_000);

  afterAll(async () => {
    await host.close();
    await door.close();
    await open.close();
  }, 30_000);

  it('joins and is online', async () => {
    const made = await joinToken();
    ({ command } = made);
    const whileItRuns: string[] = [];
    door.before = async (path) => {
      if (path.startsWith('/downloads/')) whileItRuns.push(...(await host.processes()));
    };
    const pastedAt = performance.now();
    running = host.paste(command);
    await eventually('the download to be there', 30_000, () => (running.output().includes('installed the agent') ? true : undefined));
    const downloadedAt = performance.now();
    first = await online('the agent to be online');
    const onlineAt = performance.now();
    process.stdout.write(
      `paste → downloaded ${Math.round(downloadedAt - pastedAt)} ms, downloaded → online ${Math.round(onlineAt - downloadedAt)} ms (aim: 5000 ms)\n`,
    );
    // Neither what runs or ran there nor a file has the token.
    expect(await host.processes()).toEqual([expect.stringMatching(/node .*klevr-agent\.mjs$/)]);
    expect(whileItRuns).toEqual(expect.arrayContaining([expect.stringContaining('/downloads/klevr-agent.mjs')]));
    expect(whileItRuns.filter((line) => line.includes(made.token))).toEqual([]);
    door.before = () => Promise.resolve();
    const search = await host.type(`grep -rl ${made.token} /etc /usr/local/lib /var /tmp /root`);
    expect(search).toEqual({ code: 1, output: '' });
    expect((await stat(host.path('etc/klevr/agent.env'))).mode & 0o777).toBe(0o600);
    expect((await stat(host.path('var/lib/klevr'))).mode & 0o777).toBe(0o700);
  }, 60_000);

  it('does work', async () => {
    const task = await api.createTask({
      name: 'who',
      zone: open.system.zone,
      target: { agent: first.id },
      steps: [{ name: 'user', run: 'id -u > "$KLEVR_OUTPUT"' }],
    });
    expect((await api.taskEnd(task.id)).status).toBe('succeeded');
    expect((await api.runs(task.id))[0]?.output?.trim()).toBe('0');
  }, 40_000);

  it('goes on as it is when the same is pasted again', async () => {
    const again = await host.type(command);
    expect(again).toMatchObject({ code: 0, output: expect.stringMatching(/joined already as agt_.*up to date.*runs already/s) });
    expect((await online('the agent to be online still')).session).toBe(first.session);
  }, 40_000);

  it('refuses a download that is not what the server says it is, and goes on with what it has', async () => {
    await door.serveOtherAgent('evil', { checksum: 'wrong' });
    const sums = 'cd /usr/local/lib/klevr && sha256sum klevr-agent klevr-agent.mjs && ls -a';
    const before = await host.type(sums);
    // A checksum that is none of this file, so that it is downloaded.
    door.serve('/downloads/klevr-agent.mjs.sha256', Buffer.from(`${'0'.repeat(64)}  klevr-agent.mjs\n`));
    expect(await host.type(command)).toMatchObject({
      code: 76,
      output: expect.stringMatching(/not what the server says.*nothing was changed/s),
    });
    door.serve('/downloads/klevr-agent.mjs.sha256', Buffer.from('<html>'));
    expect(await host.type(command)).toMatchObject({ code: 76, output: expect.stringContaining('tells no checksum') });
    expect(await host.type(sums)).toEqual(before);
    expect((await online('the agent to be online still')).session).toBe(first.session);
  }, 40_000);

  it('is upgraded by pasting it again: another program, the same agent, its settings kept', async () => {
    const settings = host.path('etc/klevr/agent.env');
    await writeFile(settings, `${await readFile(settings, 'utf8')}# by hand\nKLEVR_LOG_LEVEL=debug\n`);
    await door.serveOtherAgent('newer', { checksum: 'right' });
    const old = running;
    running = host.paste(command);
    const upgraded = await online('the agent to be back', ({ session }) => session !== first.session);
    expect(upgraded.id).toBe(first.id);
    expect((await old.ended).code).toBe(0);
    expect(await readFile(host.path('usr/local/lib/klevr/klevr-agent.mjs'), 'utf8')).toMatch(/\/\/newer\n$/);
    expect(await readFile(settings, 'utf8')).toMatch(/^KLEVR_SERVER_URL=.*# by hand\nKLEVR_LOG_LEVEL=debug\n$/s);
    expect((await host.type('/usr/local/lib/klevr/klevr-agent --check')).output).toContain('KLEVR_LOG_LEVEL = debug');
    expect(await host.processes()).toHaveLength(1);
  }, 40_000);

  it('is left with nothing of it by --uninstall --purge', async () => {
    expect(await host.type(`${command} --uninstall --purge`)).toMatchObject({ code: 0, output: expect.stringContaining('gone') });
    expect((await running.ended).code).toBe(0);
    expect(await host.processes()).toEqual([]);
    const places = ['usr/local/lib/klevr', 'var/lib/klevr', 'etc/klevr', 'etc/systemd'];
    expect(await Promise.all(places.map(async (place) => [place, await host.exists(place)]))).toEqual(
      places.map((place) => [place, false]),
    );
    await eventually('the centre to know that it left', 10_000, async () => {
      const agents = await api.agents(open.system.zone);
      return agents.every(({ status }) => status !== 'online') ? true : undefined;
    });
  }, 40_000);

  it('joins as an ordinary user too, in the home folder', async () => {
    door.serveWhatThereIs();
    const { command: other, token } = await joinToken();
    const pasted = host.paste(other, { user: 1000 });
    const agent = await online('the agent of the user to be online');
    expect(agent.facts?.user).toBe('user');
    expect(await host.exists('home/user/.local/share/klevr/state/identity.json')).toBe(true);
    expect((await host.type(`grep -rl ${token} /home`)).code).toBe(1);
    expect((await host.type(`${other} --uninstall --purge`, { user: 1000 })).code).toBe(0);
    await pasted.ended;
    expect(await host.processes()).toEqual([]);
    expect((await host.type('cd /home/user/.local/share/ && ls')).output).toBe('');
  }, 60_000);
});
