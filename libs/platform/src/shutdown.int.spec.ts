import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from '@jest/globals';

const workspace = new URL('../../..', import.meta.url).pathname;

interface Line {
  readonly msg: string;
  readonly port?: number;
  readonly level: string;
}

/** A service as a process of its own, from the built code; `body` runs inside its module. */
class Child {
  private readonly process: ChildProcess;
  private readonly seen: Line[] = [];
  private readonly waiting: { msg: string; resolve: (line: Line) => void }[] = [];
  readonly exit: Promise<number | null>;

  constructor({ module = 'class App {}', options = '' } = {}) {
    const script = `
      import { Module } from '@nestjs/common';
      import { runService } from '@klevr/platform/run-service';
      ${module}
      Module({})(App);
      await runService({ name: 'child', module: App, config: { httpHost: '127.0.0.1', httpPort: 0, logLevel: 'info' } ${options} });`;
    this.process = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: workspace, stdio: ['ignore', 'pipe', 'inherit'] });
    this.exit = once(this.process, 'exit').then(([code]): number | null => code as number | null);
    if (!this.process.stdout) throw new Error('no output');
    createInterface(this.process.stdout).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      this.seen.push(line);
      for (const { msg, resolve } of this.waiting) if (msg === line.msg) resolve(line);
    });
  }

  says(msg: string): Promise<Line> {
    const line = this.seen.find((each) => each.msg === msg);
    return line ? Promise.resolve(line) : new Promise((resolve) => this.waiting.push({ msg, resolve }));
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }
}

describe('a service as a process', () => {
  let child: Child | undefined;
  afterEach(async () => {
    child?.signal('SIGKILL');
    await child?.exit;
  });

  it('says when it is ready and on which port, and ends with 0 on SIGTERM, however often it is told', async () => {
    // Its end waits for the second signal, which must not cut it short.
    child = new Child({
      module: 'class App { onModuleDestroy() { return new Promise((done) => process.once("SIGINT", () => setImmediate(done))); } }',
    });
    const { port } = await child.says('ready');
    expect((await fetch(`http://127.0.0.1:${port ?? 0}/healthz`)).status).toBe(200);
    child.signal('SIGTERM');
    await child.says('stopping');
    child.signal('SIGINT');
    expect(await child.exit).toBe(0);
    expect(await child.says('stopped')).toMatchObject({ level: 'info' });
  });

  it('ends with 1 when it is not stopped by the deadline', async () => {
    child = new Child({
      module: 'class App { onModuleDestroy() { return new Promise(() => undefined); } }',
      options: ', stopDeadlineMs: 50',
    });
    await child.says('ready');
    child.signal('SIGINT');
    expect(await child.exit).toBe(1);
    expect(await child.says('not stopped in time, ending as it stands')).toMatchObject({ deadlineMs: 50 });
  });

  it('logs an uncaught error and ends with 1', async () => {
    child = new Child({ module: 'class App { onApplicationBootstrap() { setTimeout(() => { throw new Error("boom"); }, 20); } }' });
    expect(await child.exit).toBe(1);
    expect(await child.says('uncaught error')).toMatchObject({ level: 'fatal', error: { message: 'boom' } });
  });

  it('logs why it cannot start and ends with 1', async () => {
    child = new Child({ module: 'class App { onModuleInit() { throw new Error("no database"); } }' });
    expect(await child.exit).toBe(1);
    expect(await child.says('the service cannot start')).toMatchObject({ level: 'fatal', error: { message: 'no database' } });
  });
});
