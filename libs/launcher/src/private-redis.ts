/** A private Redis on the loopback: a bounded cache with a password and no persistence. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildStartError, startChild } from './child-process.js';
import { onFreePort, PortTakenError } from './free-ports.js';
import { serverEnv, type PrivateServer } from './private-server.js';
import { keepSecret } from './secrets.js';
import type { ServerProgram } from './server-binaries.js';

export interface PrivateRedisOptions {
  program: ServerProgram;
  /** Holds the configuration, the kept port and password, and the log. */
  dir: string;
  /** Default: the port of the last start if free, else any. */
  port?: number;
  signal?: AbortSignal;
}

export async function startRedis({ program, dir, port: fixedPort, signal }: PrivateRedisOptions): Promise<PrivateServer> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const password = await keepSecret(join(dir, 'password'));
  return onFreePort(
    join(dir, 'port'),
    async (port) => {
      const configFile = join(dir, 'redis.conf');
      const settings = [
        'bind 127.0.0.1',
        `port ${port}`,
        `requirepass ${password}`,
        'daemonize no',
        'save ""',
        'appendonly no',
        'maxmemory 64mb',
        'maxmemory-policy allkeys-lru',
        `dir "${dir}"`,
      ];
      // In a file, not on the command line, where every user of the machine could read the password.
      await writeFile(configFile, settings.join('\n').concat('\n'), {
        mode: 0o600,
      });
      try {
        const child = await startChild({
          name: 'redis-server',
          command: program.path,
          args: [configFile],
          env: serverEnv(program.env, dir),
          cwd: dir,
          logFile: join(dir, 'redis-server.log'),
          readyLine: /Ready to accept connections/,
          ...(signal === undefined ? {} : { signal }),
        });
        return { ...child, port, url: `redis://:${password}@127.0.0.1:${port}` };
      } catch (error) {
        if (error instanceof ChildStartError && error.lastLines.some((line) => /address already in use/i.test(line))) {
          throw new PortTakenError(error.message, { cause: error });
        }
        throw error;
      }
    },
    fixedPort,
  );
}
