import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { register } from 'prom-client';
import { HealthRegistry } from './health-registry.js';

/**
 * `/healthz` (the process lives), `/readyz` (every registered check passes, else 503 with the names of those that fail) and `/metrics`.
 * They are routes of the HTTP server itself: a service's global prefix, guards and filters do not touch them.
 */
@Module({})
export class HealthModule implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly health: HealthRegistry,
  ) {}

  onModuleInit(): void {
    const server: FastifyInstance = this.host.httpAdapter.getInstance();
    server.get('/healthz', () => ({ status: 'alive' }));
    server.get('/readyz', async (_request, reply) => {
      const { ready, failing } = await this.health.readiness();
      return reply
        .status(ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status: ready ? 'ready' : 'unavailable', failing });
    });
    server.get('/metrics', async (_request, reply) => reply.type(register.contentType).send(await register.metrics()));
  }
}
