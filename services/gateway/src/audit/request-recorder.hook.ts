import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { newId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { traceIdOf } from '../http/request-context.hook.js';
import type { AuditEntry } from './audit-entry.js';
import { traceOf } from './audit-trace.js';
import { AuditService } from './audit.service.js';
import { audited, type AuditedThing } from './audited-thing.js';
import { BeforeStateService } from './before-state.service.js';
import { recordedHow } from './recorded-how.js';
import { RefusalFlood } from './refusal-flood.js';
import { entryOf } from './request-entry.js';
import { surplusEntry } from './surplus-entry.js';

const refusals = new Set([401, 403, 429]);

/** Hands every change, and every refused attempt of anything, to the audit trail; a change before it is answered. */
@Injectable()
export class RequestRecorder implements OnModuleDestroy {
  private readonly flood = new RefusalFlood();

  constructor(
    private readonly audit: AuditService,
    private readonly states: BeforeStateService,
    private readonly clock: Clock,
  ) {}

  record(server: FastifyInstance): void {
    server.decorateRequest('auditTrace', undefined);
    server.addHook('onRoute', (route) => this.follow(route));
    server.addHook('onResponse', (request, reply, done) => {
      if (isLeftOver(request, reply)) void this.recordRefusal(request, reply);
      done();
    });
  }

  onModuleDestroy(): void {
    this.recordSurplus();
  }

  /** Of routes that change something the answer is seen before it goes out. */
  private follow(route: RouteOptions): void {
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    if (methods.every((method) => recordedHow(method, route.url) === 'refusals')) return;
    route.preSerialization = [
      ...[route.preSerialization ?? []].flat(),
      (request: FastifyRequest, _reply: FastifyReply, payload: unknown, done: (error: null, payload: unknown) => void) => {
        traceOf(request).reply = payload;
        done(null, payload);
      },
    ] as NonNullable<RouteOptions['preSerialization']>;
    route.onSend = [
      ...[route.onSend ?? []].flat(),
      (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (error: null, payload: unknown) => void) => {
        const stored = this.recordAnswer(request, reply);
        if (stored === undefined) done(null, payload);
        else void stored.then(() => done(null, payload));
      },
    ] as NonNullable<RouteOptions['onSend']>;
  }

  /** A promise where the answer has to wait; it does not fail. */
  private recordAnswer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> | undefined {
    const trace = traceOf(request);
    if (trace.isRecorded) return undefined;
    trace.isRecorded = true;
    const { statusCode: status } = reply;
    if (status >= 400) return this.recordRefusal(request, reply);
    if (recordedHow(request.method, request.routeOptions.url ?? '') === 'behind') {
      this.audit.record(this.entryOf(request, reply));
      return undefined;
    }
    const isUntold = trace.reply === undefined && trace.before !== undefined && request.method !== 'DELETE';
    return isUntold ? this.lookAgain(request, reply) : this.audit.store(this.entryOf(request, reply));
  }

  /** The answer does not say how it is now. */
  private async lookAgain(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { thing } = await this.states.of(thingOf(request));
    if (thing !== undefined) traceOf(request).reply = thing;
    await this.audit.store(this.entryOf(request, reply));
  }

  /** Whoever governs a zone should see who was refused there, so it is looked up. Undefined where nothing has to be. */
  private recordRefusal(request: FastifyRequest, reply: FastifyReply): Promise<void> | undefined {
    const { principal, zoneId } = request;
    if ((principal === undefined || reply.statusCode === 429) && !this.flood.admits(this.clock.nowMs())) return undefined;
    this.recordSurplus();
    const trace = traceOf(request);
    const isZoneUnknown = principal !== undefined && zoneId === undefined && trace.zoneId === undefined && !trace.isAdmitted;
    if (isZoneUnknown && reply.statusCode !== 429) return this.recordWithZone(request, reply);
    this.audit.record(this.entryOf(request, reply));
    return undefined;
  }

  private async recordWithZone(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const thing = thingOf(request);
    const zoneId = await this.states.zoneOf({ ...thing, zoneRef: thing.zoneRef ?? zoneNamedIn(request.body) });
    if (zoneId !== undefined) traceOf(request).zoneId = zoneId;
    this.audit.record(this.entryOf(request, reply));
  }

  private recordSurplus(): void {
    const surplus = this.flood.take();
    if (surplus !== undefined) this.audit.record(surplusEntry(surplus, newId('audit'), this.now()));
  }

  private entryOf(request: FastifyRequest, reply: FastifyReply): AuditEntry {
    return entryOf(
      {
        method: request.method,
        pattern: request.routeOptions.url ?? '',
        url: request.url,
        params: request.params,
        query: request.query,
        body: request.body,
        status: reply.statusCode,
        code: request.problemCode ?? null,
        address: request.ip,
        userAgent: request.headers['user-agent'] ?? null,
        traceId: traceIdOf(request),
        principal: request.principal,
        zoneId: request.zoneId,
        trace: request.auditTrace,
      },
      newId('audit'),
      this.now(),
    );
  }

  private now(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }
}

/** What no route took changed nothing and guessed at nothing. A 404 of somebody who was not let in hides something. */
function isLeftOver(request: FastifyRequest, { statusCode }: FastifyReply): boolean {
  if (statusCode < 400 || request.is404 || request.auditTrace?.isRecorded === true) return false;
  const isHidden = statusCode === 404 && request.principal !== undefined && request.auditTrace?.isAdmitted !== true;
  return refusals.has(statusCode) || isHidden;
}

const thingOf = ({ method, routeOptions, params, principal }: FastifyRequest): AuditedThing =>
  audited(method, routeOptions.url ?? '', params, principal);

function zoneNamedIn(body: unknown): string | null {
  const zone: unknown = typeof body === 'object' && body !== null && 'zone' in body ? body.zone : undefined;
  return typeof zone === 'string' && zone.length <= 64 ? zone : null;
}
