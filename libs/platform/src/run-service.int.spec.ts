import { Controller, Get, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { Server } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from './clock.js';
import { HealthRegistry } from './health-registry.js';
import { createLogger } from './logger.js';
import { portOf, startService } from './run-service.js';

const events: string[] = [];

@Controller('things')
class ThingController {
  constructor(private readonly clock: Clock) {}

  @Get()
  now(): { now: number } {
    return { now: this.clock.nowMs() };
  }
}

@Module({ controllers: [ThingController] })
class ThingModule implements OnModuleInit, OnModuleDestroy {
  onModuleInit(): void {
    events.push('modules are initialised');
  }

  onModuleDestroy(): void {
    events.push('modules are ended');
  }
}

class FakeTransport extends Server implements CustomTransportStrategy {
  listen(done: () => void): void {
    events.push('messages are taken');
    done();
  }

  close(): void {
    events.push('messages are closed');
  }

  on(): void {
    // It has no events of its own.
  }

  unwrap<T>(): T {
    throw new Error('it has no server below');
  }
}

describe('startService', () => {
  let app: NestFastifyApplication;
  let origin: string;
  let healthy = true;
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${origin}${path}`, { headers: { connection: 'close' } });
    return { status: answer.status, text: await answer.text() };
  };

  beforeAll(async () => {
    app = await startService({
      name: 'test',
      module: ThingModule,
      config: { httpHost: '127.0.0.1', httpPort: 0, logLevel: 'info' },
      log: createLogger({ service: 'test', level: 'error' }),
      strategy: new FakeTransport(),
      configure: (starting) => void starting.setGlobalPrefix('api/v1'),
    });
    app.get(HealthRegistry).register('thing', () => healthy);
    origin = `http://127.0.0.1:${portOf(app)}`;
  });
  afterAll(() => app.close());

  it('takes messages only after the modules are initialised', () => {
    expect(events).toEqual(['modules are initialised', 'messages are taken']);
  });

  it('gives clock and routes to the service', async () => {
    const { status, text } = await get('/api/v1/things');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ now: expect.any(Number) });
  });

  it('answers health outside any prefix', async () => {
    expect(await get('/healthz')).toEqual({ status: 200, text: '{"status":"alive"}' });
    expect(await get('/readyz')).toEqual({ status: 200, text: '{"status":"ready","failing":[]}' });
    healthy = false;
    expect(await get('/readyz')).toEqual({ status: 503, text: '{"status":"unavailable","failing":["thing"]}' });
    healthy = true;
  });

  it('measures requests by route, not by path', async () => {
    await get('/nothing/here/17');
    const { status, text } = await get('/metrics');
    expect(status).toBe(200);
    expect(text).toMatch(/klevr_http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/things",status="200"\} 1/);
    expect(text).toMatch(/process_cpu_seconds_total/);
    expect(text).not.toContain('/nothing/here');
  });

  it('ends in order', async () => {
    events.length = 0;
    await app.close();
    expect(events).toEqual(['modules are ended', 'messages are closed']);
  });
});
