import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { reachedAt } from '../zones/server-url.decorator.js';
import type { Download } from './downloads.store.js';
import { type DownloadName, type InstallerService, downloadTypes } from './installer.service.js';

/** What a host asks for before it has anything of Klevr: outside the API, and open to everybody. Nothing of the address becomes a path. */
export function serveInstaller(server: FastifyInstance, installer: InstallerService): void {
  server.get('/install.sh', async (request, reply) =>
    answer(request, reply, 'text/x-shellscript; charset=utf-8', await installer.getScript(reachedAt(request))),
  );
  for (const [name, type] of Object.entries(downloadTypes)) {
    server.get(`/downloads/${name}`, async (request, reply) => answer(request, reply, type, await installer.get(name as DownloadName)));
  }
}

function answer(request: FastifyRequest, reply: FastifyReply, type: string, { bytes, etag }: Download): FastifyReply {
  // May be kept, and is asked for again each time: after an upgrade nobody gets the old file with the new checksum.
  reply.header('etag', etag).header('cache-control', 'no-cache');
  if (isKnown(etag, request.headers['if-none-match'])) return reply.status(304).send();
  return reply.type(type).send(bytes);
}

/** RFC 9110, 13.1.2: any of the list, compared weakly. */
const isKnown = (etag: string, header: string | undefined): boolean =>
  header !== undefined && header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
