import { Log } from '@klevr/platform/log';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ruleOf } from '../access/route-rules.js';
import { RequestRecorder } from '../audit/request-recorder.hook.js';
import { PrincipalsService } from '../auth/principals.service.js';
import { serveHotReads } from '../hot-reads/hot-reads.hook.js';
import { HotReads } from '../hot-reads/hot-reads.js';
import { InstallerService } from '../install/installer.service.js';
import { serveInstaller } from '../install/installer.routes.js';
import { apiPrefix, describeApi } from '../openapi.builder.js';
import { ProtectionSettings } from '../protection/protection-settings.js';
import { RequestLimits } from '../protection/request-limits.hook.js';
import { endLateConnections } from './closing.hook.js';
import { compressReads } from './compression.hook.js';
import { openToOrigins } from './cors.hook.js';
import { serveDocs } from './docs.page.js';
import { InputPipe } from './input.pipe.js';
import { ProblemFilter } from './problem.filter.js';
import { followRequests } from './request-context.hook.js';
import { RouteTable } from './route-table.js';
import { renewTls } from './tls-renewal.hook.js';
import { securityHeaders } from './security-headers.js';

const documentPath = `/${apiPrefix}/openapi.json`;

/** Everything that holds for every route, before any of them is made. */
export async function configureHttp(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  const routes = new RouteTable();
  server.addHook('onRoute', ({ url, method }) => {
    const methods = Array.isArray(method) ? method : [method];
    routes.add(url, methods);
    const open = url.startsWith(`/${apiPrefix}/`) && url !== documentPath ? methods.filter((one) => ruleOf(one, url) === undefined) : [];
    if (open.length > 0) throw new TypeError(`nothing says who may call ${open.join(', ')} ${url}`);
  });
  followRequests(server);
  endLateConnections(server);
  app.get(RequestRecorder).record(server);
  const headers = securityHeaders();
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  const { corsOrigins, tls } = app.get(ProtectionSettings);
  if (tls !== undefined) renewTls(server, tls, app.get(Log));
  await openToOrigins(server, corsOrigins);
  app.get(RequestLimits).protect(server);
  // Before compression: what is kept is plain.
  serveHotReads(server, app.get(HotReads), app.get(PrincipalsService));
  await compressReads(server);
  app.setGlobalPrefix(apiPrefix);
  app.useGlobalPipes(new InputPipe());
  app.useGlobalFilters(new ProblemFilter(app.get(Log), routes));
  let text: string | undefined;
  server.get(documentPath, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send((text ??= JSON.stringify(describeApi(app)))),
  );
  serveDocs(server, documentPath);
  serveInstaller(server, app.get(InstallerService));
}
