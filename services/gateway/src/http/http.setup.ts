import helmet from '@fastify/helmet';
import { Log } from '@klevr/platform/log';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RequestRecorder } from '../audit/request-recorder.hook.js';
import { InstallerService } from '../install/installer.service.js';
import { serveInstaller } from '../install/installer.routes.js';
import { apiPrefix, describeApi } from '../openapi.builder.js';
import { endLateConnections } from './closing.hook.js';
import { serveDocs } from './docs.page.js';
import { InputPipe } from './input.pipe.js';
import { ProblemFilter } from './problem.filter.js';
import { followRequests } from './request-context.hook.js';
import { RouteTable } from './route-table.js';

const documentPath = `/${apiPrefix}/openapi.json`;

/** Everything that holds for every route, before any of them is made. */
export async function configureHttp(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  const routes = new RouteTable();
  server.addHook('onRoute', ({ url, method }) => routes.add(url, Array.isArray(method) ? method : [method]));
  followRequests(server);
  endLateConnections(server);
  app.get(RequestRecorder).record(server);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // Swagger UI sets styles and shows its icons by itself.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  });
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
