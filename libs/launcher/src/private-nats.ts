/**
 * A private nats-server on the loopback. The configuration (accounts, JetStream limits) is the caller's; address, port and store folder
 * are given on the command line and win over it.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onFreePort } from './free-ports.js';
import { serverEnv, startListening, type PrivateServer } from './private-server.js';
import type { ServerProgram } from './server-binaries.js';

export interface PrivateNatsOptions {
  program: ServerProgram;
  /** Holds the store, the kept port and the log. */
  dir: string;
  configFile: string;
  name?: string;
  /** More command line flags, e.g. `['-m', '8222']`. */
  args?: string[];
  /** Default: the port of the last start if free, else any. */
  port?: number;
  signal?: AbortSignal;
}

export async function startNats(options: PrivateNatsOptions): Promise<PrivateServer> {
  const { program, dir, configFile } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return onFreePort(
    join(dir, 'port'),
    async (port) => {
      const child = await startListening(
        {
          name: options.name ?? 'nats-server',
          command: program.path,
          args: ['-c', configFile, '-a', '127.0.0.1', '-p', String(port), '-sd', join(dir, 'store'), ...(options.args ?? [])],
          env: serverEnv(program.env, dir),
          cwd: dir,
          logFile: join(dir, 'nats-server.log'),
          readyLine: /Server is ready/,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        },
        port,
      );
      return { ...child, port, url: `nats://127.0.0.1:${port}` };
    },
    options.port,
  );
}
