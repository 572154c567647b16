/** A private Redis on the loopback: a bounded cache with a password and no persistence. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onFreePort } from './free-ports.js';
import { serverEnv, startListening, type PrivateServer } from './private-server.js';
import { keepSecret } from './secrets.js';
import type { ServerProgram } from './server-binaries.js';

export interface PrivateRedisOptions {
  program: ServerProgram;
  /** Holds the configuration, the kept port and password, and the log. */
  dir: string;
  /** Default: the port of the last start if free, else any. */
  port?: number;
  /** TLS, and nothing else: PEM files. */
  tls?: { certFile: string; keyFile: string };
  signal?: AbortSignal;
}

export async function startRedis({ program, dir, port: fixedPort, tls, signal }: PrivateRedisOptions): Promise<PrivateServer> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const password = await keepSecret(join(dir, 'password'));
  return onFreePort(
    join(dir, 'port'),
    async (port) => {
      const configFile = join(dir, 'redis.conf');
      const settings = [
        'bind 127.0.0.1',
        ...portLines(port, tls),
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
      const child = await startListening(
        {
          name: 'redis-server',
          command: program.path,
          args: [configFile],
          env: serverEnv(program.env, dir),
          cwd: dir,
          logFile: join(dir, 'redis-server.log'),
          readyLine: /Ready to accept connections/,
          ...(signal === undefined ? {} : { signal }),
        },
        port,
      );
      return { ...child, port, url: `${tls === undefined ? 'redis' : 'rediss'}://:${password}@127.0.0.1:${port}` };
    },
    fixedPort,
  );
}

const portLines = (port: number, tls: PrivateRedisOptions['tls']): string[] =>
  tls === undefined
    ? [`port ${port}`]
    : [
        'port 0',
        `tls-port ${port}`,
        `tls-cert-file "${tls.certFile}"`,
        `tls-key-file "${tls.keyFile}"`,
        `tls-ca-cert-file "${tls.certFile}"`,
        'tls-auth-clients no',
      ];
