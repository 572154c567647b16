import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type Server, createConnection, createServer } from 'node:net';
import { promisify } from 'node:util';

/**
 * A network of its own for one agent, behind a router of its own: two network namespaces that nobody else uses. Inside, the given ports of the loopback lead
 * to the same ports of this machine's loopback.
 * Promises: what is cut vanishes without a word, as behind a broken switch: no connection ends by it; `close` leaves nothing. Needs root and `ip`.
 */
const run = promisify(execFile);
const ip = (...args: string[]): Promise<unknown> => run('ip', args, { timeout: 10_000 });

/** Runs inside, as one process for all ports: `[host, ...ports]`. */
const relayScript = `
const { createConnection, createServer } = require('node:net');
const [host, ...ports] = process.argv.slice(1);
for (const port of ports) createServer((near) => {
  const far = createConnection({ host, port });
  for (const [from, to] of [[near, far], [far, near]]) from.pipe(to), from.on('error', () => to.destroy()), from.on('close', () => to.destroy());
}).listen(port, '127.0.0.1', () => console.log('listening'));
process.stdin.resume().on('end', () => process.exit());
`;

export type Direction = 'in' | 'out';

export class SeparateNetwork {
  private relay: ChildProcess | undefined;
  private readonly doors: Server[] = [];

  private constructor(private readonly number: number) {}

  /** Why there cannot be one here; undefined where there can. */
  static async obstacle(): Promise<string | undefined> {
    if (process.getuid?.() !== 0) return 'needs root';
    const name = `klevr-try-${randomInt(1_000_000)}`;
    return ip('netns', 'add', name).then(
      () => ip('netns', 'delete', name).then(() => undefined),
      (error: Error) => `network namespaces cannot be made: ${error.message.slice(0, 200)}`,
    );
  }

  static async make(ports: readonly number[]): Promise<SeparateNetwork> {
    const network = new SeparateNetwork(randomInt(0, 16_384));
    try {
      await network.build();
      for (const port of ports) network.doors.push(await network.openDoor(port));
      await network.startRelay(ports);
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** What a program is started by to be inside. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.host];
  }

  async cut(directions: readonly Direction[]): Promise<void> {
    for (const direction of directions) await this.inRouter('route', 'add', 'blackhole', this.target(direction));
  }

  async heal(directions: readonly Direction[]): Promise<void> {
    for (const direction of directions) await this.inRouter('route', 'delete', 'blackhole', this.target(direction));
  }

  async close(): Promise<void> {
    this.relay?.kill('SIGKILL');
    for (const door of this.doors) door.close();
    for (const name of [this.host, this.router]) await ip('netns', 'delete', name).catch(() => undefined);
    await ip('link', 'delete', this.link).catch(() => undefined);
  }

  private get host(): string {
    return `klevr-host-${this.number}`;
  }

  private get router(): string {
    return `klevr-router-${this.number}`;
  }

  private get link(): string {
    return `kv${this.number}`;
  }

  /** Eight addresses of its own out of a private range: 1 here, 2 and 5 at the router, 6 inside. */
  private address(last: number): string {
    const start = this.number * 8 + last;
    return `10.${200 + (start >> 16)}.${(start >> 8) & 255}.${start & 255}`;
  }

  private target(direction: Direction): string {
    return `${this.address(direction === 'in' ? 6 : 1)}/32`;
  }

  private inRouter(...args: string[]): Promise<unknown> {
    return ip('-netns', this.router, ...args);
  }

  private async build(): Promise<void> {
    const { host, router, link } = this;
    for (const name of [host, router]) await ip('netns', 'add', name);
    await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'wan0', 'netns', router);
    await ip('-netns', router, 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host);
    await ip('address', 'add', `${this.address(1)}/30`, 'dev', link);
    await this.inRouter('address', 'add', `${this.address(2)}/30`, 'dev', 'wan0');
    await this.inRouter('address', 'add', `${this.address(5)}/30`, 'dev', 'lan0');
    await ip('-netns', host, 'address', 'add', `${this.address(6)}/30`, 'dev', 'eth0');
    await ip('link', 'set', link, 'up');
    for (const device of ['wan0', 'lan0']) await this.inRouter('link', 'set', device, 'up');
    for (const device of ['eth0', 'lo']) await ip('-netns', host, 'link', 'set', device, 'up');
    await run('ip', ['netns', 'exec', router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'], { timeout: 10_000 });
    await ip('route', 'add', `${this.address(4)}/30`, 'via', this.address(2));
    await ip('-netns', host, 'route', 'add', 'default', 'via', this.address(5));
  }

  private async openDoor(port: number): Promise<Server> {
    const door = createServer((far) => {
      const near = createConnection({ host: '127.0.0.1', port });
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
    });
    door.listen(port, this.address(1));
    await once(door, 'listening');
    return door;
  }

  private async startRelay(ports: readonly number[]): Promise<void> {
    const [command = 'ip', ...args] = [...this.prefix, process.execPath, '-e', relayScript, this.address(1), ...ports.map(String)];
    // It ends when its input does, so it does not outlive this process.
    this.relay = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    for (let left = ports.length; left > 0;) {
      const [chunk] = (await once(this.relay.stdout ?? this.relay, 'data')) as [Buffer];
      left -= chunk.toString().split('listening').length - 1;
    }
  }
}
