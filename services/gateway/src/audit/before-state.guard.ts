import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { traceOf } from './audit-trace.js';
import { audited } from './audited-thing.js';
import { BeforeStateService } from './before-state.service.js';
import { recordedHow } from './recorded-how.js';

/** Stands behind the one that lets requests in: keeps how a thing is before it is changed. Never refuses. */
@Injectable()
export class BeforeStateGuard implements CanActivate {
  constructor(private readonly states: BeforeStateService) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const pattern = request.routeOptions.url ?? '';
    const how = recordedHow(request.method, pattern);
    traceOf(request).isAdmitted = true;
    if (how !== 'before' || request.principal === undefined) return true;
    return this.look(request, pattern);
  }

  private async look(request: FastifyRequest, pattern: string): Promise<true> {
    const { thing, zoneId } = await this.states.of(audited(request.method, pattern, request.params, request.principal));
    const trace = traceOf(request);
    if (thing !== undefined) trace.before = thing;
    if (zoneId !== undefined) trace.zoneId = zoneId;
    return true;
  }
}
