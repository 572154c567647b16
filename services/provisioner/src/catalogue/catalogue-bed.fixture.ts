import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Source } from '@klevr/contracts/catalogue';
import type { ReplyOf, RequestInput } from '@klevr/contracts/contract';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { streams } from '@klevr/contracts/streams';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ensureStreams } from '@klevr/messaging/jetstream-setup';
import { Log } from '@klevr/platform/log';
import { createLogger } from '@klevr/platform/logger';
import { startService } from '@klevr/platform/run-service';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../app.module.js';
import { provisionerConfig } from '../provisioner.config.js';
import { provisionerTransport } from '../transport.js';
import { recipeText, TestRepository } from './repository.fixture.js';

type Rpc = typeof provisionerRpc;
type NewSource = RequestInput<Rpc['createSource']>['source'];
export const actor = { userId: 'usr_test', username: 'tester' };

/** The provisioner with its own catalogue, on real servers, and repositories to read. */
export class CatalogueBed {
  private count = 0;

  private constructor(
    readonly servers: TestBed,
    readonly app: NestFastifyApplication,
    private readonly gateway: Bus,
  ) {}

  static async open(): Promise<CatalogueBed> {
    const bed = await TestBed.open();
    const recipesDir = join(bed.folder, 'built-in');
    new TestRepository(recipesDir).write({
      'site/recipe.yaml': recipeText('site', '1.0.0'),
      'site/README.md': '# Site\n',
      'site/run.sh': '#!/bin/sh\n',
      'bad/recipe.yaml': recipeText('bad', 'one'),
      'README.md': 'not a recipe',
    });
    const config = provisionerConfig.parse({
      natsUrl: bed.natsUrl,
      natsCredsFile: await bed.file('provisioner.creds', await bed.serviceCreds('provisioner')),
      databaseUrl: bed.databaseUrl,
      masterKey: `test:${randomBytes(32).toString('base64')}`,
      recipesDir,
    });
    const gateway = await bed.serviceBus('gateway');
    await ensureStreams(await bed.serviceBus('scheduler'), [streams.events]);
    const app = await startService({
      name: 'provisioner',
      config,
      module: AppModule.register(config),
      log: createLogger({ service: 'provisioner', level: process.env['KLEVR_TEST_LOG_LEVEL'] ?? 'fatal' }),
      strategy: (made) => provisionerTransport(made.get(Bus), made.get(Log)),
    });
    return new CatalogueBed(bed, app, gateway);
  }

  rpc<V extends keyof Rpc>(verb: V, request: RequestInput<Rpc[V]>): Promise<ReplyOf<Rpc[V]>> {
    return call(this.gateway, provisionerRpc[verb], request as never, { timeoutMs: 30_000 }) as Promise<ReplyOf<Rpc[V]>>;
  }

  repository(): TestRepository {
    return new TestRepository(join(this.servers.folder, `repository-${++this.count}`));
  }

  create(origin: TestRepository, more: Partial<NewSource> = {}): Promise<Source> {
    const source: NewSource = { name: `source-${++this.count}`, url: origin.url, ref: { branch: 'main' }, syncEverySeconds: null, ...more };
    return this.rpc('createSource', { actor, source });
  }

  /** Once it was read, and is as it shall be. */
  read(id: string, fits: (source: Source) => boolean = ({ status }) => status !== 'new'): Promise<Source> {
    return eventually('the source is read', 30_000, async () => {
      const source = await this.rpc('getSource', { source: id });
      return source.status !== 'syncing' && fits(source) ? source : undefined;
    });
  }

  /** A source that was read. */
  async source(origin: TestRepository, more: Partial<NewSource> = {}): Promise<Source> {
    return this.read((await this.create(origin, more)).id);
  }

  sync(id: string): Promise<Source> {
    return this.rpc('syncSource', { actor, source: id });
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.servers.close();
  }
}
