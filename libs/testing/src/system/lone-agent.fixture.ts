import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { workspaceRoot } from '@klevr/launcher/klevr-home';
import { eventually } from '../eventually.js';
import type { KlevrSystem } from '../klevr-system.js';

/** The bundled agent as a process that need not become ready: one that waits for approval, is a clone, is removed. */
export class LoneAgent {
  readonly lines: Record<string, unknown>[] = [];
  errors = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly exited: Promise<number | null>,
  ) {}

  static spawn(system: Pick<KlevrSystem, 'api'>, folder: string, joinToken?: string): LoneAgent {
    const child = spawn(process.execPath, [join(workspaceRoot, 'services/agent/dist/klevr-agent.mjs')], {
      env: {
        ...{ PATH: process.env['PATH'], KLEVR_AGENT_DIR: folder, KLEVR_BEACON_PORT: '0' },
        ...(joinToken === undefined ? {} : { KLEVR_SERVER_URL: system.api.origin, KLEVR_JOIN_TOKEN: joinToken }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const agent = new LoneAgent(child, exited);
    child.stderr.on('data', (bytes: Buffer) => (agent.errors += bytes.toString()));
    createInterface({ input: child.stdout }).on('line', (line) => agent.lines.push(JSON.parse(line) as Record<string, unknown>));
    return agent;
  }

  /** The first line with this message. */
  line(message: string, timeoutMs = 15_000): Promise<Record<string, unknown>> {
    return eventually(`the agent says "${message}"`, timeoutMs, () => this.lines.find(({ msg }) => msg === message));
  }

  async id(): Promise<string> {
    return String((await this.line('connecting'))['agentId']);
  }

  async status(): Promise<Record<string, unknown>> {
    const { beaconUrl } = await this.line('connecting');
    return (await (await fetch(`${String(beaconUrl)}/status`)).json()) as Record<string, unknown>;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.kill('SIGKILL');
    await this.exited;
  }
}
