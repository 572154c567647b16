import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FakeCentre } from './fake-centre.fixture.js';

const ofAgent = fileURLToPath(new URL('../../../../services/agent/dist/main.js', import.meta.url));

/** The built agent as a process of its own, or another program that is one. */
export class AgentProcess {
  readonly lines: Record<string, unknown>[] = [];
  /** What it wrote to stderr. */
  errors = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly exited: Promise<number | null>,
    readonly folder: string,
  ) {}

  static async start(
    centre: Pick<FakeCentre, 'url'>,
    folder: string,
    env: Record<string, string | undefined> = {},
    program = ofAgent,
  ): Promise<AgentProcess> {
    const agent = AgentProcess.spawn(centre, folder, env, program);
    await agent.line('ready');
    return agent;
  }

  static spawn(
    centre: Pick<FakeCentre, 'url'>,
    folder: string,
    env: Record<string, string | undefined> = {},
    program = ofAgent,
  ): AgentProcess {
    const child = spawn(process.execPath, [program], {
      env: {
        PATH: process.env['PATH'],
        KLEVR_AGENT_DIR: folder,
        KLEVR_SERVER_URL: centre.url,
        KLEVR_JOIN_TOKEN: 'join-me',
        KLEVR_BEACON_PORT: '0',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const agent = new AgentProcess(child, exited, folder);
    child.stderr.on('data', (bytes: Buffer) => (agent.errors += bytes.toString()));
    createInterface({ input: child.stdout }).on('line', (line) => {
      agent.lines.push(JSON.parse(line) as Record<string, unknown>);
      child.emit('said');
    });
    return agent;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get id(): string {
    return String(this.lines.find(({ msg }) => msg === 'connecting')?.['agentId']);
  }

  /** The first log line with this message. */
  line(message: string, timeoutMs = 20_000): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the agent did not say "${message}": ${JSON.stringify(this.lines.slice(-5))}`)),
        timeoutMs,
      );
      const look = (): void => {
        const found = this.lines.find(({ msg }) => msg === message);
        if (found === undefined) return;
        clearTimeout(timer);
        this.child.off('said', look);
        resolve(found);
      };
      this.child.on('said', look);
      look();
    });
  }

  /** Waits until the journal holds so many facts of this kind; only the file shows that. */
  async hasWritten(kind: string, count: number): Promise<void> {
    const path = join(this.folder, 'journal');
    for (let looks = 0; looks < 500; looks += 1) {
      if ((await readFile(path, 'utf8')).split(`"kind":"${kind}"`).length > count) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`fewer than ${count} facts "${kind}" in the journal`);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.exited;
  }
}
