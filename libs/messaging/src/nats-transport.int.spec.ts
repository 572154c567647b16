import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Contract } from '@klevr/contracts/contract';
import { ask, published, rpc } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import type { Event } from '@klevr/contracts/event';
import { newId } from '@klevr/contracts/ids';
import { streams } from '@klevr/contracts/streams';
import { inboxes, subjects } from '@klevr/contracts/subjects';
import { taskManagerConsumers } from '@klevr/contracts/task-manager-contracts';
import { TestBed } from '@klevr/testing/test-bed';
import { z } from 'zod';
import type { Bus } from './bus.js';
import { NoResponderError } from './bus-errors.js';
import { call } from './call.js';
import { HandleEvent, HandlePublished, HandleRequest, type MessageContext } from './decorators.js';
import { ensureConsumers, ensureStreams } from './jetstream-setup.js';
import { StreamPublisher } from './jetstream-publish.js';
import { NatsTransport } from './nats-transport.js';
import { currentTraceId, withTrace } from './trace.js';

const double = rpc(
  'task-manager',
  'double',
  z.object({ n: z.number(), fill: z.string().optional() }),
  z.object({ n: z.number(), trace: z.string().optional() }),
);
const hello = ask('hello', z.object({}), z.object({ agent: z.string(), zone: z.string() }));
const heard = published('primary', 'task-manager', subjects.primary.wildcard(), z.object({ value: z.number() }));
const { hostEvents } = taskManagerConsumers;

const seen = { events: [] as string[], failuresLeft: 2 };

@Controller()
class SampleHandler {
  @HandleRequest(double)
  double(request: { n: number }): Promise<{ n: number; trace?: string }> {
    if (request.n === 13) throw new AppError('CONFLICT', 'not this number');
    if (request.n === 14) throw new Error('secret detail');
    if (request.n === 15) return Promise.resolve({ n: 30, trace: 'x'.repeat(8 * 1024 * 1024) });
    return Promise.resolve({ n: request.n * 2, trace: currentTraceId() ?? 'none' });
  }

  @HandleEvent(hostEvents)
  onHost(event: Event): Promise<void> {
    if (event.subjectId === 'flaky' && seen.failuresLeft-- > 0) return Promise.reject(new Error('not yet'));
    if (event.subjectId === 'hopeless') return Promise.reject(new AppError('CONFLICT', 'never'));
    seen.events.push(event.subjectId);
    return Promise.resolve();
  }
}

@Controller()
class HelloHandler {
  @HandleRequest(hello)
  hello(_request: object, context: MessageContext): Promise<{ agent: string; zone: string }> {
    return Promise.resolve({ agent: context.agentId, zone: context.zoneId });
  }
}

@Controller()
class ExtraHandler {
  @HandlePublished(heard)
  hear(): Promise<void> {
    return Promise.resolve();
  }
}

const silentLog = { error: jest.fn(), warn: jest.fn() };

const appOf = async (
  bus: Bus,
  service: 'task-manager' | 'scheduler',
  controllers: (new () => object)[],
  contracts: Contract[],
  onViolation: (violation: { subject: string; reply: string }) => void = () => undefined,
): Promise<INestMicroservice> => {
  class SampleModule {}
  Module({ controllers })(SampleModule);
  const strategy = new NatsTransport({ bus, service, contracts, log: silentLog, onViolation });
  return NestFactory.createMicroservice(SampleModule, { strategy, logger: false });
};

const until = async (condition: () => boolean): Promise<void> => {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition was not met in 10 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('the NATS transport', () => {
  let bed: TestBed;
  let taskManager: Bus;
  let scheduler: Bus;
  let gateway: Bus;
  let agent: Awaited<ReturnType<TestBed['agentBus']>>;
  let apps: INestMicroservice[];
  const violations: { subject: string; reply: string }[] = [];

  beforeAll(async () => {
    bed = await TestBed.open();
    [taskManager, scheduler, gateway] = await Promise.all([
      bed.serviceBus('task-manager'),
      bed.serviceBus('scheduler'),
      bed.serviceBus('gateway'),
    ]);
    agent = await bed.agentBus();
    await ensureStreams(taskManager, [streams.events]);
    await ensureConsumers(taskManager, [hostEvents]);
    apps = [
      await appOf(taskManager, 'task-manager', [SampleHandler], [double, hostEvents]),
      await appOf(scheduler, 'scheduler', [HelloHandler], [hello], (violation) => violations.push(violation)),
    ];
    await Promise.all(apps.map((app) => app.listen()));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await bed.close();
  });

  it('answers a request of another service under the same trace', async () => {
    const trace = 'a'.repeat(32);
    const answer = await withTrace(`00-${trace}-${'b'.repeat(16)}-01`, () => call(gateway, double, { n: 21 }));
    expect(answer).toEqual({ n: 42, trace });
  });

  it('carries an error with its code, and of an unknown error nothing but INTERNAL', async () => {
    await expect(call(gateway, double, { n: 13 })).rejects.toMatchObject({ code: 'CONFLICT', message: 'not this number' });
    await expect(call(gateway, double, { n: 14 })).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(call(gateway, double, { n: 14 })).rejects.not.toThrow(/secret detail/);
  });

  it('tells that a request or an answer is too large for one message, and goes on', async () => {
    const fill = 'x'.repeat(8 * 1024 * 1024);
    await expect(call(gateway, double, { n: 1, fill })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(call(gateway, double, { n: 15 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(call(gateway, double, { n: 1 })).resolves.toMatchObject({ n: 2 });
  });

  it('refuses a request that does not match its schema, at the sender and at the handler', async () => {
    await expect(call(gateway, double, { n: 'x' } as never)).rejects.toMatchObject({ code: 'BAD_REQUEST', errors: [{ path: 'n' }] });
    const answer = await gateway.request(double.subscription, 'x', { n: 'x' }, { inbox: { to: 'service' }, timeoutMs: 2_000 });
    expect(answer.json()).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST', errors: [{ path: 'n' }] } });
  });

  it('says at once that nobody answers', async () => {
    const nobody = rpc('scheduler', 'nobody', z.object({}), z.object({}));
    const refusal = await call(gateway, nobody, {}).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 1 });
    expect((refusal as AppError).cause).toBeInstanceOf(NoResponderError);
  });

  it('answers an agent on its own inbox, with the zone and the agent of the subject', async () => {
    const subject = subjects.ask.build({ zone: agent.zoneId, agent: agent.agentId, verb: 'hello' });
    const answer = await call(agent.bus, hello, {}, { subject, inbox: { to: 'centre' } });
    expect(answer).toEqual({ agent: agent.agentId, zone: agent.zoneId });
  });

  it('answers nowhere else: a reply subject in another zone or the key of a zone is a violation', async () => {
    const subject = subjects.ask.build({ zone: agent.zoneId, agent: agent.agentId, verb: 'hello' });
    const elsewhere = [
      '$KV.primaries.' + newId('zone'),
      inboxes.agentAwaitsCentre.build({ zone: newId('zone'), agent: agent.agentId, token: 'x' }),
      subjects.primary.build({ zone: newId('zone') }),
    ];
    for (const reply of elsewhere) agent.bus.connection.publish(subject, '{}', { reply });
    await until(() => violations.length === elsewhere.length);
    expect(violations.map(({ reply }) => reply)).toEqual(elsewhere);
  });

  it('consumes a stream: a passing fault is repeated, a hopeless message is set aside, the rest flows', async () => {
    const publisher = new StreamPublisher(scheduler);
    const publish = async (subjectId: string, body?: string): Promise<void> => {
      const zone = newId('zone');
      const event = { id: newId('message'), time: new Date().toISOString(), type: 'host.online', zoneId: zone, subjectId, data: {} };
      const subject = subjects.event.build({ topic: 'host', zone, id: subjectId });
      await publisher.publish({ id: event.id, subject, schema: 'event', body: body ?? JSON.stringify(event) });
    };
    await publish('flaky');
    await publish('hopeless');
    await publish('poison', 'not json');
    await publish('last');
    await until(() => seen.events.length === 2);
    expect([...seen.events].sort()).toEqual(['flaky', 'last']);
    expect(silentLog.error.mock.calls.filter(([text]) => String(text).includes('set aside'))).toHaveLength(2);
  });

  it('stores a message with the same id once', async () => {
    const publisher = new StreamPublisher(scheduler);
    const event = {
      id: newId('message'),
      time: new Date().toISOString(),
      type: 'host.online',
      zoneId: newId('zone'),
      subjectId: 'twice',
      data: {},
    };
    const message = {
      id: event.id,
      subject: subjects.event.build({ topic: 'host', zone: event.zoneId, id: 'twice' }),
      schema: 'event',
      body: JSON.stringify(event),
    };
    await publisher.publish(message);
    await publisher.publish(message);
    await publisher.publish({ ...message, id: newId('message'), body: JSON.stringify({ ...event, subjectId: 'end' }) });
    await until(() => seen.events.includes('end'));
    expect(seen.events.filter((id) => id === 'twice')).toHaveLength(1);
  });

  it.each([
    ['a contract has no handler', [SampleHandler], [double, hostEvents, heard], /primary has no handler/],
    ['a contract has two handlers', [SampleHandler, class extends SampleHandler {}], [double, hostEvents], /more than one handler/],
    ['a handler has no contract', [SampleHandler, ExtraHandler], [double, hostEvents], /is no contract/],
  ])('refuses to boot when %s', async (_name, controllers, contracts, message) => {
    for (const controller of controllers) Controller()(controller);
    const app = await appOf(taskManager, 'task-manager', controllers, contracts);
    await expect(app.listen()).rejects.toThrow(message);
    await app.close();
  });
});
