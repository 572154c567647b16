import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Counter } from 'prom-client';
import { ruleOf } from '../access/route-rules.js';
import { addressKeyOf } from './address-key.js';
import { LimitsService } from './limits.service.js';
import { ProtectionSettings } from './protection-settings.js';
import type { RequestMeter, Spent } from './request-meter.js';

const TOKEN_WINDOW_SECONDS = 10;
const ADDRESS_WINDOW_SECONDS = 60;
const KNOWN_TOKENS = 10_000;

const refused = new Counter({ name: 'klevr_rate_limited_total', help: 'Requests refused by a rate limit', labelNames: ['limit'] });

/** `signed`: needs a session or token; `open`: needs none; `free`: is asked by those who look after us. */
type RouteKind = 'signed' | 'open' | 'free';

const unlimited = new Set(['/healthz', '/readyz', '/metrics']);

/** One limit, and what its answers say of it (RateLimit header fields for HTTP, draft-ietf-httpapi-ratelimit-headers). */
class Tariff {
  private readonly policy: string;

  constructor(
    private readonly name: string,
    points: number,
    seconds: number,
    private readonly meter: RequestMeter,
  ) {
    this.policy = `"${name}";q=${points};w=${seconds}`;
  }

  spend(key: string, reply: FastifyReply): AppError | undefined {
    return this.judge(this.meter.spend(key), reply);
  }

  look(key: string, reply: FastifyReply): AppError | undefined {
    const found = this.meter.look(key);
    return found.allowed ? undefined : this.judge(found, reply);
  }

  /** For what turned out to be a fault. */
  charge(key: string): void {
    this.meter.spend(key);
  }

  private judge({ allowed, remaining, resetMs }: Spent, reply: FastifyReply): AppError | undefined {
    const resetSeconds = Math.max(1, Math.ceil(resetMs / 1000));
    reply.header('ratelimit-policy', this.policy);
    reply.header('ratelimit', `"${this.name}";r=${remaining};t=${resetSeconds}`);
    if (allowed) return undefined;
    refused.inc({ limit: this.name });
    return new AppError('RATE_LIMITED', `Too many requests; try again in ${resetSeconds} s`, { retryAfterSeconds: resetSeconds });
  }
}

/**
 * Refuses callers that ask too much, before the body is read and before anything is looked up.
 *
 * A session or API token has its own account. An address has one for what needs no session and for each refused login or token; where that is used
 * up, tokens that were never right here are not looked at any more, while those that were go on. A token is counted from its second request on.
 */
@Injectable()
export class RequestLimits {
  private readonly tokens: Tariff | undefined;
  private readonly addresses: Tariff | undefined;
  /** Of tokens that were right the last time: the key of the account. */
  private readonly known = new LRUCache<string, string>({ max: KNOWN_TOKENS });
  private readonly kinds = new WeakMap<object, RouteKind>();

  constructor(limits: LimitsService, settings: ProtectionSettings, clock: Clock) {
    const tariff = (name: string, points: number, seconds: number): Tariff | undefined =>
      points === 0
        ? undefined
        : new Tariff(name, points, seconds, limits.meter({ name, points, seconds, nowMs: () => clock.monotonicMs() }));
    this.tokens = tariff('token', settings.ratePerSecond * TOKEN_WINDOW_SECONDS, TOKEN_WINDOW_SECONDS);
    this.addresses = tariff('address', settings.publicRatePerMinute, ADDRESS_WINDOW_SECONDS);
  }

  protect(server: FastifyInstance): void {
    if (this.tokens === undefined && this.addresses === undefined) return;
    server.addHook('onRequest', (request, reply, done) => {
      done(this.faultOf(request, reply));
    });
    server.addHook('onResponse', (request, reply, done) => {
      this.learn(request, reply.statusCode);
      done();
    });
  }

  private faultOf(request: FastifyRequest, reply: FastifyReply): AppError | undefined {
    const kind = this.kindOf(request);
    if (kind === 'free') return undefined;
    if (kind === 'open') return this.addresses?.spend(addressKeyOf(request.ip), reply);
    const account = this.known.get(request.headers.authorization ?? '');
    if (account !== undefined) return this.tokens?.spend(account, reply);
    return this.addresses?.look(addressKeyOf(request.ip), reply);
  }

  private learn(request: FastifyRequest, status: number): void {
    const { authorization } = request.headers;
    if (status === 401 && this.kindOf(request) === 'signed') {
      if (authorization !== undefined) this.known.delete(authorization);
      this.addresses?.charge(addressKeyOf(request.ip));
    } else if (request.principal !== undefined && authorization !== undefined && !this.known.has(authorization)) {
      this.known.set(authorization, `${request.principal.kind}:${request.principal.id}`);
    }
  }

  private kindOf(request: FastifyRequest): RouteKind {
    const { config, method, url = '' } = request.routeOptions;
    if (request.is404) return 'open';
    const known = this.kinds.get(config);
    if (known !== undefined) return known;
    const kind = unlimited.has(url) ? 'free' : (ruleOf(String(method), url)?.kind ?? 'anyone') === 'anyone' ? 'open' : 'signed';
    this.kinds.set(config, kind);
    return kind;
  }
}
