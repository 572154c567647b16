import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import type { FastifyRequest } from 'fastify';
import { ApiTokenUses } from '../auth/api-token-uses.service.js';
import { bearerTokenOf } from '../auth/caller.decorator.js';
import type { Principal } from '../auth/principal.js';
import { PrincipalsService } from '../auth/principals.service.js';
import { AccessService, type Admitted } from './access.service.js';
import { type RouteRule, ruleOf } from './route-rules.js';

/** Who asks, and whether they may: every route has its rule, and passes here. Answers at once where nothing has to be looked up. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly principals: PrincipalsService,
    private readonly access: AccessService,
    private readonly tokenUses: ApiTokenUses,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const rule = ruleOf(request.method, request.routeOptions.url ?? '');
    if (rule === undefined) throw new AppError('FORBIDDEN', 'Nobody may call this route: it has no rule');
    if (rule.kind === 'anyone') return true;
    const token = bearerTokenOf(request);
    const principal = this.principals.known(token);
    if (principal === undefined) return this.authenticated(request, rule, token);
    return this.admit(request, rule, principal);
  }

  private async authenticated(request: FastifyRequest, rule: RouteRule, token: string): Promise<true> {
    return this.admit(request, rule, await this.principals.authenticate(token));
  }

  private admit(request: FastifyRequest, rule: RouteRule, principal: Principal): true | Promise<true> {
    request.principal = principal;
    if (principal.kind === 'apiToken') this.tokenUses.used(principal.id);
    const admitted = this.access.admit(rule, request, principal);
    return admitted instanceof Promise ? admitted.then((found) => note(request, found)) : note(request, admitted);
  }
}

function note(request: FastifyRequest, { zoneId, scope }: Admitted): true {
  request.zoneId = zoneId ?? undefined;
  request.scope = scope;
  return true;
}
