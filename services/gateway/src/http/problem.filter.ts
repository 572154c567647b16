import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { Log } from '@klevr/platform/log';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { appErrorOf, problemContentType, problemOf, retryAfterOf } from './problem.js';
import { traceIdOf } from './request-context.hook.js';
import { RouteTable } from './route-table.js';

/** The one place where errors become answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly routes: RouteTable,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    // A limit refuses what leads nowhere as well.
    if (request.is404 && request.method === 'OPTIONS' && !(thrown instanceof AppError) && this.tellMethods(request, reply)) return;
    const error = request.is404 && !(thrown instanceof AppError) ? this.noRoute(request, reply) : appErrorOf(thrown);
    if (error.code === 'INTERNAL') this.log.error({ error: error.cause ?? error, traceId: traceIdOf(request) }, 'request failed');
    sendProblem(error, request, reply);
  }

  private methodsOf({ url }: FastifyRequest): string[] {
    return this.routes.methodsOf(url.split('?', 1)[0] ?? '');
  }

  private tellMethods(request: FastifyRequest, reply: FastifyReply): boolean {
    const methods = this.methodsOf(request);
    if (methods.length === 0) return false;
    void reply
      .status(204)
      .header('allow', [...methods, 'OPTIONS'].join(', '))
      .send();
    return true;
  }

  private noRoute(request: FastifyRequest, reply: FastifyReply): AppError {
    const methods = this.methodsOf(request);
    if (methods.length === 0) return new AppError('NOT_FOUND', 'There is nothing at this path');
    reply.header('allow', methods.join(', '));
    return new AppError('METHOD_NOT_ALLOWED', `This path has ${methods.join(', ')}, not ${request.method}`);
  }
}

export function sendProblem(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, traceIdOf(request));
  request.problemCode = problem.code;
  const retryAfterSeconds = retryAfterOf(error);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  // As bytes: whatever type and serializer the route has announced, this is what goes out.
  void reply
    .status(problem.status)
    .header('content-type', problemContentType)
    .send(Buffer.from(JSON.stringify(problem)));
}
