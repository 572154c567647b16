import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '@klevr/contracts/streams';
import { klevrHome, serverCacheDir } from '@klevr/launcher/klevr-home';
import { startMariadb } from '@klevr/launcher/private-mariadb';
import { startNats } from '@klevr/launcher/private-nats';
import { startRedis } from '@klevr/launcher/private-redis';
import type { PrivateServer } from '@klevr/launcher/private-server';
import { findServers } from '@klevr/launcher/server-binaries';
import { Bus } from '@klevr/messaging/bus';
import { ensureStreams } from '@klevr/messaging/jetstream-setup';
import type { NatsTls } from '@klevr/messaging/nats-tls';
import { createDataSource } from '@klevr/persistence/data-source';
import { openRedis } from '@klevr/platform/redis-connection';
import { databaseCureOf, natsCureOf, redisCureOf } from '@klevr/platform/tls-cures';
import { type Certificate, TestAuthority } from '@klevr/testing/certificates';
import { eventually } from '@klevr/testing/eventually';
import { writeNatsConfig } from '@klevr/testing/nats-config-file';
import type { DataSource } from 'typeorm';
import { GatewayBed } from './gateway.fixture.js';
import { createHttpAdapter } from './http/http.adapter.js';

describe('TLS on every connection', () => {
  let folder: string;
  let gateway: GatewayBed;
  let authority: TestAuthority;
  let credentials: string;
  const servers: PrivateServer[] = [];
  let urls: { nats: string; strictNats: string; database: string; redis: string };
  let files: { ca: string; otherCa: string; server: Certificate; database: Certificate; client: Certificate };
  let databaseRootUrl: string;

  const write = (name: string, text: string): Promise<string> =>
    writeFile(join(folder, name), text, { mode: 0o600 }).then(() => join(folder, name));
  const keep = async (name: string, { cert, key }: Certificate): Promise<Certificate> => ({
    cert: await write(`${name}.pem`, cert),
    key: await write(`${name}-key.pem`, key),
  });
  /** The certificate is for this name, and not for the address. */
  const byName = (url: string, protocol?: string): string => {
    const named = url.replace('127.0.0.1', 'localhost');
    return protocol === undefined ? named : named.replace(/^[a-z]+:/, protocol);
  };

  const startAll = async (): Promise<void> => {
    const programs = await findServers({ cacheDir: serverCacheDir(klevrHome(process.env)), progress: () => undefined });
    const { cert: certFile, key: keyFile } = files.server;
    const nats = async (name: string, more: object = {}): Promise<PrivateServer> => {
      const [dir, tls] = [join(folder, name), { certFile, keyFile, ...more }];
      const configFile = await writeNatsConfig(dir, { name, identity: gateway.bed.natsIdentity, tls });
      return startNats({ program: programs.nats, dir, configFile });
    };
    const started = await Promise.all([
      nats('nats'),
      nats('strict-nats', { clientCaFile: files.ca }),
      startMariadb({
        programs: programs.mariadb,
        dir: join(folder, 'mariadb'),
        args: [`--ssl-cert=${files.database.cert}`, `--ssl-key=${files.database.key}`, '--require-secure-transport=ON'],
      }),
      startRedis({ program: programs.redis, dir: join(folder, 'redis'), tls: { certFile, keyFile } }),
    ]);
    servers.push(...started);
    const [first, second, database, redis] = started;
    databaseRootUrl = byName(database.rootUrl);
    urls = {
      nats: byName(first.url, 'tls:'),
      strictNats: byName(second.url, 'tls:'),
      database: byName(database.url),
      redis: byName(redis.url),
    };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-tls-'));
    [authority, gateway] = await Promise.all([TestAuthority.create(), GatewayBed.open()]);
    files = {
      ca: await write('ca.pem', authority.pem),
      otherCa: await write('other-ca.pem', (await TestAuthority.create('another authority')).pem),
      server: await keep('server', await authority.issue({ name: 'server', hosts: ['localhost'] })),
      database: await keep('database', await authority.issue({ name: 'database', hosts: ['localhost'] })),
      client: await keep('client', await authority.issue({ name: 'client' })),
    };
    credentials = await gateway.bed.serviceCreds('task-manager');
    await startAll();
    const bus = await connect(urls.nats, { caFile: files.ca });
    await ensureStreams(bus, [streams.events, streams.logs]);
    await bus.close();
    await gateway.start({
      natsUrl: urls.nats,
      natsCaFile: files.ca,
      databaseUrl: urls.database,
      databaseCaFile: files.ca,
      redisUrl: urls.redis,
      redisCaFile: files.ca,
      tlsCertFile: files.server.cert,
      tlsKeyFile: files.server.key,
    });
  }, 120_000);

  afterAll(async () => {
    await gateway.close();
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  const connect = (url: string, tls: NatsTls = {}): Promise<Bus> =>
    Bus.connect({
      servers: [url],
      name: 'test',
      credentials: () => credentials,
      owner: { service: 'task-manager' },
      waitOnFirstConnect: false,
      connectTimeoutMs: 1_000,
      tls,
    });

  const ask = (url: string, options: RequestOptions = {}): Promise<{ status: number | undefined; serial: string }> =>
    new Promise((resolve, reject) => {
      const asked = request(url, { ca: authority.pem, agent: false, ...options }, (answer) => {
        const { serialNumber } = (answer.socket as TLSSocket).getPeerCertificate();
        answer.resume().on('end', () => resolve({ status: answer.statusCode, serial: serialNumber }));
      });
      asked.on('error', reject).end();
    });
  const origin = (): string => gateway.origin.replace('http://127.0.0.1', 'https://localhost');

  it('serves the gateway, which speaks with NATS, MariaDB and Redis, where every authority is known', async () => {
    expect((await ask(`${origin()}/readyz`)).status).toBe(200);
    expect(gateway.logLines.filter((line) => /away|cannot be reached/.test(line))).toEqual([]);
    const redis = openRedis({ url: urls.redis, caFile: files.ca });
    await new Promise((resolve) => redis.once('ready', resolve));
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });

  const faultOf = async (work: Promise<{ close: () => Promise<void> }>): Promise<unknown> => {
    try {
      await (await work).close();
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const natsFault = async (url: string, tls?: NatsTls): Promise<string | undefined> => natsCureOf(await faultOf(connect(url, tls)));
  const sourceOf = (url: string, caFile?: string): DataSource =>
    createDataSource({ url, caFile, entities: [], migrations: [], migrationsTable: 'none' });
  const databaseFault = async (url: string, caFile?: string): Promise<string | undefined> => {
    const source = sourceOf(url, caFile);
    return databaseCureOf(await faultOf(source.initialize().then(() => ({ close: () => source.destroy() }))));
  };
  const redisFault = async (url: string, caFile?: string): Promise<string | undefined> => {
    const redis = openRedis({ url, caFile });
    const error = await new Promise((resolve) => {
      redis.once('error', resolve);
      redis.once('ready', () => resolve(undefined));
    });
    redis.disconnect();
    return redisCureOf(error);
  };

  it('refuses servers of an authority that is not trusted, and says where it is named', async () => {
    expect(await natsFault(urls.nats, { caFile: files.otherCa })).toMatch(/not trusted here: .*KLEVR_NATS_CA_FILE/);
    expect(await natsFault(urls.nats)).toMatch(/not trusted here: .*KLEVR_NATS_CA_FILE/);
    expect(await databaseFault(urls.database, files.otherCa)).toMatch(/not trusted here: .*KLEVR_DATABASE_CA_FILE/);
    expect(await databaseFault(`${urls.database}?ssl`)).toMatch(/not trusted here: .*KLEVR_DATABASE_CA_FILE/);
    expect(await redisFault(urls.redis, files.otherCa)).toMatch(/not trusted here: .*KLEVR_REDIS_CA_FILE/);
    await expect(ask(`${origin()}/healthz`, { ca: (await TestAuthority.create()).pem })).rejects.toThrow(/certificate/);
  });

  it('refuses servers whose certificate is for another host, and says so', async () => {
    const byAddress = (url: string): string => url.replace('localhost', '127.0.0.1');
    expect(await natsFault(byAddress(urls.nats), { caFile: files.ca })).toMatch(/for another host: .*KLEVR_NATS_URL/);
    expect(() => sourceOf(byAddress(urls.database), files.ca)).toThrow(/has to be given by its name.*KLEVR_DATABASE_URL/);
    expect(await redisFault(byAddress(urls.redis), files.ca)).toMatch(/for another host: .*KLEVR_REDIS_URL/);
    await expect(ask(byAddress(`${origin()}/healthz`))).rejects.toThrow(/does not match certificate/);
  });

  it('refuses a database whose certificate is for another host', async () => {
    const root = await sourceOf(databaseRootUrl, files.ca).initialize();
    await keep('database', await authority.issue({ name: 'database', hosts: ['elsewhere.test'] }));
    await root.query('FLUSH SSL');
    expect(await databaseFault(urls.database, files.ca)).toMatch(/for another host: .*KLEVR_DATABASE_URL/);
    await keep('database', await authority.issue({ name: 'database', hosts: ['localhost'] }));
    await root.query('FLUSH SSL');
    await root.destroy();
  });

  it('speaks plainly with no server where TLS is asked for, and the servers with no client', async () => {
    const { bed } = gateway;
    expect(await natsFault(bed.natsUrl, { caFile: files.ca })).toMatch(/does not speak TLS/);
    expect(await databaseFault(byName(bed.databaseUrl), files.ca)).toMatch(/does not speak TLS/);
    expect(await redisFault(bed.redisUrl.replace('redis:', 'rediss:'), files.ca)).toMatch(/see that it speaks TLS/);
    expect(await databaseFault(urls.database)).toMatch(/connection without TLS: .*KLEVR_DATABASE_URL/);
    expect(await redisFault(urls.redis.replace('rediss:', 'redis:'))).toMatch(/speaks TLS only, use rediss:/);
    await expect(fetch(`${origin().replace('https:', 'http:')}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('lets nobody into a NATS server that wants certificates, but those who show one of its authority', async () => {
    const { cert: certFile, key: keyFile } = files.client;
    expect(await natsFault(urls.strictNats, { caFile: files.ca })).toMatch(/want a certificate of this side/);
    const foreign = await keep('foreign', await (await TestAuthority.create('foreign')).issue({ name: 'client' }));
    expect(await faultOf(connect(urls.strictNats, { caFile: files.ca, certFile: foreign.cert, keyFile: foreign.key }))).toBeInstanceOf(
      Error,
    );
    expect(await faultOf(connect(urls.strictNats, { caFile: files.ca, certFile, keyFile }))).toBeUndefined();
  });

  it('wants a certificate of those who come to the gateway where it is told to, and speaks no TLS before 1.2', async () => {
    const { cert: tlsCertFile, key: tlsKeyFile } = files.server;
    const strict = createHttpAdapter({ tlsCertFile, tlsKeyFile, tlsClientCaFile: files.ca }).getInstance();
    strict.get('/', () => 'in');
    const url = (await strict.listen({ port: 0, host: '127.0.0.1' })).replace('127.0.0.1', 'localhost');
    await expect(ask(url)).rejects.toThrow(/certificate required|hang up|ECONNRESET|EPIPE/);
    const client = await authority.issue({ name: 'client' });
    expect((await ask(url, { cert: client.cert, key: client.key })).status).toBe(200);
    await expect(ask(url, { cert: client.cert, key: client.key, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow(
      /version|protocol|handshake/i,
    );
    await strict.close();
  });

  it('serves a new certificate once its files have changed or on SIGHUP, and keeps the old one where the new is of no use', async () => {
    const renew = async (): Promise<void> => {
      await keep('server', await authority.issue({ name: 'renewed', hosts: ['localhost'] }));
    };
    const serial = async (): Promise<string> => (await ask(`${origin()}/healthz`)).serial;
    const changed = (before: string): Promise<string> =>
      eventually('the new certificate is served', 10_000, async () => {
        const now = await serial();
        return now === before ? undefined : now;
      });
    const first = await serial();
    await renew();
    const second = await changed(first);
    await write('server.pem', 'no certificate');
    process.emit('SIGHUP');
    expect(gateway.logLines.filter((line) => line.includes('the new certificate cannot be used')).length).toBeGreaterThan(0);
    expect(await serial()).toBe(second);
    await renew();
    process.emit('SIGHUP');
    expect(await serial()).not.toBe(second);
  });
});
