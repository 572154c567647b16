import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.js';
import { BareHost, type Outcome } from './bare-host.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

const obstacle = await BareHost.obstacle();
const title = 'the installer';
const program = 'usr/local/lib/klevr/klevr-agent.mjs';

/** Stands for a service manager: notes what it is told, and starts what the unit says. */
const systemctl = `#!/bin/sh
echo "$*" >>/tmp/told
pid=$(cat /tmp/service.pid 2>/dev/null)
case $* in
  *is-failed*) exit 1 ;;
  *is-active*) [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null ;;
  *restart* | *disable*)
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    case $* in *disable*) exit 0 ;; esac
    export $(sed -n 's/^Environment=//p' /etc/systemd/system/klevr-agent.service)
    $(sed -n 's/^ExecStart=//p' /etc/systemd/system/klevr-agent.service) >/tmp/log 2>&1 &
    echo $! >/tmp/service.pid
    ;;
esac
`;

(obstacle === undefined ? describe : describe.skip)(obstacle === undefined ? title : `${title} (skipped: ${obstacle})`, () => {
  let open: SystemBed;
  let host: BareHost;
  let script: string;
  const newToken = async (): Promise<string> =>
    (await open.system.api.post<{ token: string }>(`/zones/${open.system.zone}/join-tokens`, { maxUses: 1 })).token;
  const install = (options: string, more: { user?: 0 | 1000; env?: Record<string, string> } = {}): Promise<Outcome> =>
    host.type(`sh /tmp/install.sh ${options}`, more);
  const put = async (path: string, text: string): Promise<void> => {
    await writeFile(host.path(path), text);
    await chmod(host.path(path), 0o755);
  };

  beforeAll(async () => {
    open = await openSystemBed({ agents: 0, schedulers: 1 });
    host = await BareHost.make(join(open.bed.folder, 'bare-host'));
    script = await (await fetch(`${open.system.api.origin}/install.sh`, { signal: AbortSignal.timeout(10_000) })).text();
    await put('tmp/install.sh', script);
  }, 90_000);

  afterEach(async () => {
    const left = await host.processes();
    if (left.length > 0) throw new Error(`left running: ${left.join(', ')}`);
    await host.type('rm -rf /usr/local/lib/klevr /etc/klevr /etc/systemd /var/lib/klevr');
  });

  afterAll(async () => {
    await host.close();
    await open.close();
  }, 30_000);

  it('tells every fault of its arguments at once, and does nothing', async () => {
    const { code, output } = await install(
      `--server ftp://x --ca /nothing.pem --beacon-port 70000 --dir here --state-dir '/a b' --token 'a"b' --purge`,
    );
    expect(code).toBe(64);
    for (const option of ['--server', '--ca', '--beacon-port', '--dir', '--state-dir', '--token', '--purge'])
      expect(output).toContain(`${option} `);
    expect(await install('--nonsense')).toMatchObject({ code: 64, output: expect.stringContaining('unknown argument: --nonsense') });
    expect(await install('--token')).toMatchObject({ code: 64, output: expect.stringContaining('--token needs a value') });
    expect(await install('')).toMatchObject({ code: 64, output: expect.stringContaining('a join token is needed') });
    expect(await install('--help')).toMatchObject({ code: 0, output: expect.stringContaining('--uninstall') });
    expect(await host.exists('usr/local/lib/klevr')).toBe(false);
  });

  it('tells what to do where Node.js is missing, too old or no program', async () => {
    await put('tmp/old-node', '#!/bin/sh\necho v20.18.3\n');
    await put('tmp/no-node', '#!/bin/sh\nexit 127\n');
    const cure = 'install Node.js 20.19 or newer';
    for (const [node, fault] of [
      ['/tmp/old-node', 'v20.18.3, too old'],
      ['/tmp/no-node', 'does not run here'],
      ['/tmp/nothing', 'is no program'],
    ] as const) {
      const { code, output } = await install('--token t', { env: { KLEVR_NODE: node } });
      expect({ node, code }).toEqual({ node, code: 78 });
      expect(output).toContain(fault);
      expect(output).toContain(cure);
    }
    const missing = await host.type('PATH=/bin sh /tmp/install.sh --token t');
    expect(missing).toMatchObject({ code: 78, output: expect.stringMatching(/not installed.*install Node\.js 20\.19 or newer/) });
  });

  it('tells that the server cannot be reached, or has no such file', async () => {
    expect(await install('--token t --server http://127.0.0.1:1')).toMatchObject({
      code: 69,
      output: expect.stringContaining('http://127.0.0.1:1/downloads/klevr-agent.mjs.sha256 cannot be downloaded'),
    });
    expect(await install(`--token t --server ${open.system.api.origin}/nowhere`)).toMatchObject({
      code: 69,
      output: expect.stringContaining('404'),
    });
    expect(await host.exists(program)).toBe(false);
  });

  it('does nothing where only a part of it arrived', async () => {
    for (const share of [0.3, 0.6, 0.9, 0.999]) {
      await put('tmp/part.sh', script.slice(0, Math.floor(script.length * share)));
      await host.type('KLEVR_JOIN_TOKEN=t sh /tmp/part.sh --no-start');
      expect(await host.exists('usr/local/lib/klevr')).toBe(false);
    }
  });

  it('tells a user who may not write there', async () => {
    expect(await install('--token t --dir /usr/local/lib/klevr', { user: 1000 })).toMatchObject({
      code: 77,
      output: expect.stringMatching(/cannot be made: do this as root/),
    });
  });

  it('runs one after the other where two are started at once, and over what a killed one left', async () => {
    await mkdir(host.path('usr/local/lib/klevr/.installing'), { recursive: true });
    await writeFile(host.path('usr/local/lib/klevr/.installing/pid'), '999999\n');
    // The second has seen the dead holder too, and comes to take over when the first works under its own lock already.
    await put('tmp/first.sh', script.replace('work=$lock_folder', '$&; sleep 2'));
    await put('tmp/second.sh', script.replace('mkdir "$lock_folder/over"', 'sleep 1 && $&'));
    const both = await Promise.all(['first', 'second'].map((name) => host.type(`sh /tmp/${name}.sh --token t --no-start`)));
    for (const { code, output } of both) expect({ code, output }).toMatchObject({ code: 0 });
    expect(both.filter(({ output }) => output.includes('installed the agent'))).toHaveLength(1);
    expect(both.filter(({ output }) => output.includes('up to date'))).toHaveLength(1);
    expect((await host.type('ls -A /usr/local/lib/klevr')).output).toBe('THIRD_PARTY_NOTICES.txt\nklevr-agent\nklevr-agent.mjs\n');
    expect((await host.type('/usr/local/lib/klevr/klevr-agent --version')).output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('ends with 77 where the join token is refused', async () => {
    expect(await install('--token kjt_unknown')).toMatchObject({ code: 77, output: expect.stringContaining('was refused') });
  });

  it('keeps the places that were named, and removes no file there that is not its own', async () => {
    const places = '--dir /var/lib/program --state-dir /var/lib/state';
    expect((await install(`--token t --no-start --beacon-port 19000 ${places}`)).code).toBe(0);
    expect((await install('--no-start')).output).toContain('up to date');
    expect(await host.exists(program)).toBe(false);
    expect(await readFile(host.path('etc/klevr/agent.env'), 'utf8')).toMatch(/KLEVR_BEACON_PORT="19000"/);
    await mkdir(host.path('var/lib/state'));
    await put('var/lib/state/mine', 'mine');
    await put('var/lib/state/seed', 'the agent’s');
    expect(await install('--uninstall --purge')).toMatchObject({ code: 0, output: expect.stringContaining('/var/lib/state stays') });
    expect((await host.type('ls -A /var/lib /var/lib/state && rm -r /var/lib/state')).output).toBe(
      '/var/lib:\nstate\n\n/var/lib/state:\nmine\n',
    );
  });

  it('makes a service where a service manager runs, and takes the token out of the settings once the host has joined', async () => {
    await mkdir(host.path('run/systemd/system'), { recursive: true });
    await put('bin/systemctl', systemctl);
    const token = await newToken();
    const joined = await install('', { env: { KLEVR_JOIN_TOKEN: token } });
    expect(joined).toMatchObject({ code: 0, output: expect.stringMatching(/this host is agt_/) });
    const unit = await readFile(host.path('etc/systemd/system/klevr-agent.service'), 'utf8');
    expect(unit).toMatch(/^ExecStart=\/usr\/local\/lib\/klevr\/klevr-agent$/m);
    expect(unit).not.toMatch(/@/);
    expect((await host.type(`grep -r ${token} /etc`)).code).toBe(1);
    const calls = async (): Promise<string> => (await host.type('cat /tmp/told; rm /tmp/told')).output;
    expect(await calls()).toMatch(/^daemon-reload\nenable --quiet klevr-agent\.service\n.*restart klevr-agent\.service\n/s);
    await eventually('the service to be online', 30_000, async () =>
      (await open.system.api.agents(open.system.zone)).some(({ status }) => status === 'online') ? true : undefined,
    );
    // What runs before the host sleeps and after it has woken.
    const hook = '/usr/lib/systemd/system-sleep/klevr-agent';
    await host.type(`${hook} pre suspend; ${hook} post suspend`);
    const signalled = (signal: string): string => `kill --signal=${signal} --kill-who=main klevr-agent.service`;
    expect((await calls()).split('\n').filter((call) => call.startsWith('kill'))).toEqual([signalled('USR2'), signalled('CONT')]);
    // The same again disturbs nothing.
    expect(await install('')).toMatchObject({ code: 0, output: expect.stringContaining('up to date') });
    expect(await calls()).not.toContain('restart');
    expect(await host.processes()).toEqual([expect.stringMatching(/node .*klevr-agent\.mjs$/)]);
    expect((await install('--beacon-port 19001')).code).toBe(0);
    expect(await calls()).toContain('restart');
    expect((await install('--uninstall --purge')).code).toBe(0);
    expect(await calls()).toContain('disable --quiet --now klevr-agent.service');
    await eventually('the service to have ended', 15_000, async () => ((await host.processes()).length === 0 ? true : undefined));
    expect(
      (await host.type('ls -A /etc/systemd/system /usr/lib/systemd/system-sleep /usr/local/lib /var/lib')).output.replace(/\S+:\n|\n/g, ''),
    ).toBe('');
  }, 60_000);
});
