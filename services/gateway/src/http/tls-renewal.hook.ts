import { type FSWatcher, watch } from 'node:fs';
import { Server } from 'node:https';
import { dirname } from 'node:path';
import type { Log } from '@klevr/platform/log';
import type { FastifyInstance } from 'fastify';
import { readTls, type TlsFiles } from './tls-files.js';

/** A certificate and its key are two files, and seldom written at one instant. */
const SETTLE_MS = 200;

/**
 * Serves new connections with the new certificate once the files have changed, or on SIGHUP; those that stand go on.
 * The folders are watched, since files are replaced rather than written. Files that cannot be used change nothing, and are told in one line.
 */
export function renewTls(server: FastifyInstance, files: TlsFiles, log: Log): void {
  const https: unknown = server.server;
  if (!(https instanceof Server)) throw new TypeError('certificates are for HTTPS alone');
  let served = textOf(files);
  const read = (): void => {
    try {
      const options = readTls(files);
      const found = textOf(files);
      if (found === served) return;
      https.setSecureContext(options);
      served = found;
      log.info({ certFile: files.certFile }, 'HTTPS is served with the new certificate');
    } catch (error) {
      log.error({ error }, 'the new certificate cannot be used, the one of before is still served');
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(read, SETTLE_MS);
  };
  const watchers = watchFolders(files, soon, log);
  process.on('SIGHUP', read);
  server.addHook('onClose', (_server, done) => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    process.off('SIGHUP', read);
    done();
  });
}

function watchFolders(files: TlsFiles, changed: () => void, log: Log): FSWatcher[] {
  const paths = [files.certFile, files.keyFile, files.clientCaFile ?? files.certFile];
  return [...new Set(paths.map((path) => dirname(path)))].map((folder) =>
    watch(folder, { persistent: false }, changed).on('error', (error) =>
      log.warn({ error, folder }, 'the certificates are watched no longer; SIGHUP reads them anew'),
    ),
  );
}

function textOf(files: TlsFiles): string {
  const { cert, key, ca } = readTls(files);
  return [cert, key, ca].map(String).join('\n');
}
