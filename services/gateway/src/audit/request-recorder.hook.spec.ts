import { describe, expect, it } from '@jest/globals';
import type { Bus } from '@klevr/messaging/bus';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditEntry } from './audit-entry.js';
import type { AuditService } from './audit.service.js';
import { BeforeStateService } from './before-state.service.js';
import type { GatewayThingsStore } from './gateway-things.store.js';
import { RequestRecorder } from './request-recorder.hook.js';

type Answered = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

describe('RequestRecorder', () => {
  it('looks for the zone of what was refused, and reads nothing else for it', async () => {
    const [asked, entries]: [string[], AuditEntry[]] = [[], []];
    const bus = { request: (subject: string) => Promise.reject(new Error(String(asked.push(subject)))) } as unknown as Bus;
    const audit = { record: (entry: AuditEntry) => void entries.push(entry) } as unknown as AuditService;
    const recorder = new RequestRecorder(audit, new BeforeStateService(bus, {} as GatewayThingsStore), new FakeClock());
    let answered: Answered = () => undefined;
    const addHook = (name: string, hook: Answered): void => {
      if (name === 'onResponse') answered = hook;
    };
    recorder.record({ decorateRequest: () => undefined, addHook } as unknown as FastifyInstance);
    const request = {
      ...{ method: 'DELETE', url: '/api/v1/zones/demo/credentials/db', params: { zone: 'demo', name: 'db' }, query: {}, ip: '192.0.2.1' },
      ...{ routeOptions: { url: '/api/v1/zones/:zone/credentials/:name' }, headers: {}, traceparent: '', problemCode: 'FORBIDDEN' },
      principal: { kind: 'session', id: 'login_1', userId: 'usr_1', username: 'ann', grants: [], expiresAtMs: Infinity },
    };
    answered(request as unknown as FastifyRequest, { statusCode: 403 } as FastifyReply, () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(entries).toMatchObject([{ outcome: 'refused', thingKind: 'credential', thingId: 'db', zoneId: null }]);
    expect(asked).toEqual(['klevr.v1.rpc.scheduler.getZone']);
  });
});
