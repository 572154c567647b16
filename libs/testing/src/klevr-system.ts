import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type ChildSpec, type ManagedChild, startChild } from '@klevr/launcher/child-process';
import { findFreePort } from '@klevr/launcher/free-ports';
import { type KlevrProcesses, type ServerAddresses, klevrProcesses } from '@klevr/launcher/klevr-processes';
import { type SystemFiles, keepSystemFiles } from '@klevr/launcher/system-files';
import type { NatsIdentity } from '@klevr/messaging/auth/nats-identity';
import { readFile } from 'node:fs/promises';
import { Api } from './api.js';
import { eventually } from './eventually.js';

/** Tests and benches ask as fast as they can, and all from one address: the limits count, and refuse nothing. */
const generousLimits = { KLEVR_RATE_LIMIT_PER_SECOND: '1000000', KLEVR_PUBLIC_RATE_LIMIT_PER_MINUTE: '1000000' };

/**
 * A whole Klevr of real processes (the built code) on given servers, for tests and benchmarks: started, killed and started again by name.
 * Nothing restarts by itself here: a test decides what happens to whom.
 */
export interface KlevrSystemOptions {
  readonly servers: ServerAddresses & { readonly natsIdentity: NatsIdentity };
  readonly folder: string;
  readonly zone?: string;
  readonly agents?: number;
  readonly schedulers?: number;
  readonly taskManagers?: number;
  /** None unless said: most tests provision nothing. */
  readonly provisioners?: number;
  /** With one pretend engine, the file `pretendWorld` of the system. */
  readonly workers?: number;
  readonly zoneSettings?: object;
  readonly logLevel?: string;
  readonly gatewayEnv?: Readonly<Record<string, string>>;
}

export class KlevrSystem {
  readonly zone: string;
  private readonly children = new Map<string, ManagedChild>();
  private readonly specs = new Map<string, ChildSpec>();
  private readonly ended = new WeakSet<ManagedChild>();

  private constructor(
    private readonly options: KlevrSystemOptions,
    private readonly processes: KlevrProcesses,
    readonly files: SystemFiles,
    readonly api: Api,
  ) {
    // A name of its own: systems of several test files share one Redis.
    this.zone = options.zone ?? `test-${randomBytes(4).toString('hex')}`;
  }

  static async start(options: KlevrSystemOptions): Promise<KlevrSystem> {
    const files = await keepSystemFiles(join(options.folder, 'secrets'), options.servers.natsIdentity);
    const processes = klevrProcesses({
      files,
      servers: options.servers,
      // Kept where somebody wants to read them after the test.
      logDir: process.env.KLEVR_TEST_LOG_DIR ?? join(options.folder, 'log'),
      allowPrivateCallbacks: true,
      ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }),
      gatewayEnv: { ...generousLimits, ...options.gatewayEnv },
    });
    const port = await findFreePort();
    const system = new KlevrSystem(options, processes, files, new Api(`http://127.0.0.1:${port}`));
    try {
      await system.startAll(port);
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  get natsUrl(): string {
    return this.options.servers.natsUrl;
  }

  names(): string[] {
    return [...this.specs.keys()];
  }

  pid(name: string): number {
    return this.child(name).pid;
  }

  /** Whether the process of this name that was started last is still there. */
  lives(name: string): boolean {
    return !this.ended.has(this.child(name));
  }

  /** Sends a signal to this process alone; with SIGKILL, waits until it is gone. */
  async signal(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.child(name);
    child.kill(signal);
    if (signal === 'SIGKILL') await child.exited;
  }

  async stopOne(name: string): Promise<void> {
    await this.child(name).stop();
  }

  /** Starts a process of this name again, with what it kept. */
  async startAgain(name: string): Promise<void> {
    const spec = this.specs.get(name);
    if (spec === undefined) throw new Error(`there is no process ${name}`);
    await this.run(spec);
  }

  async killAndStartAgain(name: string): Promise<void> {
    await this.signal(name, 'SIGKILL');
    await this.startAgain(name);
  }

  /** The name of the process of this agent. */
  async nameOf(agentId: string): Promise<string> {
    for (const name of this.names().filter((one) => one.startsWith('agent-'))) {
      if ((await this.agentId(name)) === agentId) return name;
    }
    throw new Error(`no process is ${agentId}`);
  }

  async agentId(name: string): Promise<string> {
    const text = await readFile(join(this.agentDir(name), 'identity.json'), 'utf8');
    return (JSON.parse(text) as { agentId: string }).agentId;
  }

  /** The engine of all workers. */
  get pretendWorld(): string {
    return join(this.options.folder, 'pretend-world.json');
  }

  async addWorker(name: string): Promise<void> {
    const { token } = await this.api.post<{ token: string }>(`/zones/${this.zone}/join-tokens`, { maxUses: 1, kind: 'worker' });
    const { pretendWorld } = this;
    const beaconPort = await findFreePort();
    const where = { dir: this.agentDir(name), serverUrl: this.api.origin, joinToken: token, beaconPort };
    await this.run(this.processes.worker({ name, pretendWorld, ...where }));
  }

  agentDir(name: string): string {
    return join(this.options.folder, name);
  }

  async adminPassword(): Promise<string> {
    return (await readFile(this.files.adminPassword, 'utf8')).trim();
  }

  /** `prefix`: what starts its program elsewhere, in a network of its own for example. */
  async addAgent(name: string, zone = this.zone, prefix: readonly string[] = []): Promise<void> {
    const { token } = await this.api.post<{ token: string }>(`/zones/${zone}/join-tokens`, { maxUses: 1 });
    const beaconPort = await findFreePort();
    const spec = this.processes.agent({ name, dir: this.agentDir(name), serverUrl: this.api.origin, joinToken: token, beaconPort });
    const [command = spec.command, ...args] = [...prefix, spec.command, ...spec.args];
    await this.run({ ...spec, command, args });
  }

  /** Waits until so many agents are online and one of them is the ready primary. */
  async settled(agents = this.options.agents ?? 3): Promise<void> {
    await eventually(`${agents} agents online with a primary`, 30_000, async () => {
      const online = (await this.api.agents(this.zone)).filter((agent) => agent.status === 'online').length;
      return online >= agents && (await this.api.primary(this.zone)) !== null ? true : undefined;
    });
  }

  async stop(): Promise<void> {
    const entries = [...this.children].reverse();
    for (const [, child] of entries) child.kill('SIGCONT');
    await Promise.all(entries.filter(([name]) => /^(agent|worker)-/.test(name)).map(([, child]) => child.stop(3_000)));
    await Promise.all(entries.map(([, child]) => child.stop(3_000)));
  }

  private async startAll(port: number): Promise<void> {
    const { schedulers = 2, taskManagers = 1, provisioners = 0, agents = 3, workers = 0 } = this.options;
    const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
    await Promise.all([
      this.run(this.processes.gateway(port)),
      ...numbers(schedulers).map((replica) => this.run(this.processes.scheduler(replica))),
      ...numbers(taskManagers).map((replica) => this.run(this.processes.taskManager(replica))),
      ...numbers(provisioners).map((replica) => this.run(this.processes.provisioner(replica))),
    ]);
    await this.api.signIn('admin', await this.adminPassword());
    await this.api.post('/zones', {
      name: this.zone,
      settings: this.options.zoneSettings ?? { heartbeatSeconds: 1, lostAfterSeconds: 20 },
    });
    await Promise.all([
      ...numbers(agents).map((number) => this.addAgent(`agent-${number}`)),
      ...numbers(workers).map((number) => this.addWorker(`worker-${number}`)),
    ]);
    if (agents > 0) await this.settled(agents);
  }

  private async run(spec: ChildSpec): Promise<void> {
    this.specs.set(spec.name, spec);
    const child = await startChild(spec);
    this.children.set(spec.name, child);
    void child.exited.then(() => this.ended.add(child));
  }

  private child(name: string): ManagedChild {
    const child = this.children.get(name);
    if (child === undefined) throw new Error(`there is no process ${name}`);
    return child;
  }
}
