import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { Secret } from '@klevr/recipes/secret';
import { dockerObstacle } from '@klevr/testing/docker-engine';
import { eventually } from '@klevr/testing/eventually';
import type { Spec } from '../driver-lives.fixture.js';
import { DockerBed, sleeper, testImage } from './docker-bed.fixture.js';
import { gone, only, TestedResource } from './tested-resource.fixture.js';

const obstacle = await dockerObstacle();
const longMs = 120_000;

(obstacle === undefined ? describe : describe.skip)(`a resource at a Docker Engine${obstacle ? ` (skipped: ${obstacle})` : ''}`, () => {
  let bed: DockerBed;
  const own = (test: (tested: TestedResource) => Promise<void>): Promise<void> => TestedResource.in(bed, test);

  beforeAll(async () => void (bed = await DockerBed.open()), longMs);
  afterAll(() => bed?.close(), longMs);

  it(
    'is built from the files of its recipe, reached by a port, and built again when a file changes',
    () =>
      own(async (tested) => {
        await writeFile(join(bed.recipeFolder, 'Dockerfile'), `FROM ${testImage}\nRUN echo made > /made\nCOPY page.html /www/index.html\n`);
        await writeFile(join(bed.recipeFolder, 'page.html.liquid'), 'first');
        const web = { image: 'page', command: ['httpd', '-f', '-p', '80', '-h', '/www'], settleSeconds: 0, stopSignal: 'SIGKILL' };
        const spec: Spec = {
          images: { page: { build: { network: 'none' } } },
          networks: { outer: {} },
          containers: {
            site: { ...web, networks: [{ network: 'outer', aliases: ['www'] }], ports: [{ container: 80, address: '127.0.0.1' }] },
          },
        };
        await tested.reach(spec);
        const page = async (): Promise<string> => {
          const { hostPort } = (await tested.containers(spec))['site']?.ports['80/tcp']?.[0] ?? { hostPort: 0 };
          return eventually('the page', 20_000, async () => (await fetch(`http://127.0.0.1:${hostPort}/`)).text());
        };
        expect(await page()).toBe('first');
        await writeFile(join(bed.recipeFolder, 'page.html.liquid'), 'second');
        expect((await tested.left(spec)).map(({ part, action }) => `${action} ${part.split('@')[0]}`)).toEqual([
          'create image/page',
          'replace container/site',
          'delete image/page',
        ]);
        await tested.reach(spec);
        expect(await page()).toBe('second');
        expect(await tested.left(spec)).toEqual([]);
      }),
    longMs,
  );

  it(
    'is imported from a tar whose digest is right, and from no other',
    () =>
      own(async (tested) => {
        const path = await bed.engine.rootFileSystem();
        const sha256 = createHash('sha256')
          .update(await readFile(path))
          .digest('hex');
        const spec = (digest: string): Spec => only({ image: 'root' }, { images: { root: { import: { path, sha256: digest } } } });
        const before = await tested.things();
        await expect(tested.reach(spec('0'.repeat(64)))).rejects.toThrow('its SHA-256 is another one');
        expect(await tested.things()).toEqual(before);
        await tested.reach(spec(sha256));
        expect(await tested.left(spec(sha256))).toEqual([]);
      }),
    longMs,
  );

  it(
    'has its secrets, and shows them nowhere',
    () =>
      own(async (tested) => {
        const secret = (value: string): Secret => new Secret('password', value, tested.resource.id);
        const spec = (value: string): Spec =>
          only({
            env: { PASSWORD: secret(value), PORT: 80 },
            files: [{ path: '/etc/app/password', content: secret(value), mode: '0400' }],
          });
        const first = spec('correct-horse');
        const plan = await tested.left(first);
        await tested.reach(first);
        expect((await tested.inside(first, 'cat', '/etc/app/password')).output).toBe('correct-horse');
        const changes = await tested.left(spec('battery-staple'));
        expect(changes).toMatchObject([{ part: 'container/site', action: 'replace' }]);
        expect(changes[0]?.fields.map(({ path, after }) => [path, after])).toEqual([
          ['env.PASSWORD', '***'],
          ['files./etc/app/password.content', '***'],
        ]);
        const telling = only({ env: { PASSWORD: secret('battery-staple') }, command: ['sh', '-c', 'env; exit 3'], settleSeconds: 20 });
        const failure = await tested.reach(telling).catch((error: Error) => error.message);
        expect(failure).toMatch(/exit code 3.*PASSWORD=\*\*\*/s);
        const { Config } = await tested.inspect();
        const seen = JSON.stringify([plan, changes, failure, bed.said, Config.Labels, await tested.containers(first)]);
        expect(seen).not.toMatch(/correct-horse|battery-staple/);
      }),
    longMs,
  );

  it(
    'stays as it was where the new one does not run, and goes on when it does',
    () =>
      own(async (tested) => {
        const good = only({ env: { COLOUR: 'green' } });
        await tested.reach(good);
        const { Id } = await tested.inspect();
        const bad = only({ command: ['sh', '-c', 'echo no such colour; exit 3'], settleSeconds: 20 });
        await expect(tested.reach(bad)).rejects.toThrow(/ended with exit code 3\. The end of its log:\nno such colour/);
        expect(await tested.inspect()).toMatchObject({ Id, State: { Running: true } });
        expect(await tested.left(bad)).toMatchObject([{ part: 'container/site', action: 'replace' }]);
        expect(await tested.left(good)).toEqual([]);
      }),
    longMs,
  );

  it(
    "refuses a name that somebody else's container has, and leaves that alone",
    () =>
      own(async (tested) => {
        const path = `/containers/create?name=${tested.resource.name}-site`;
        const { Id } = (await bed.engine.ask('POST', path, { Image: testImage, Cmd: ['sleep', '1'] })) as { Id: string };
        const told = expect.stringContaining('container/site: its name is taken by one that is not made by Klevr');
        await expect(tested.left(only({}))).rejects.toMatchObject({ code: 'CONFLICT', message: told });
        await tested.reach(only({}), gone);
        expect(await tested.inspect()).toMatchObject({ Id });
        await bed.engine.ask('DELETE', `/containers/${Id}`);
      }),
    longMs,
  );

  it(
    'is mended without being made anew where it was stopped, limited or cut from its network by hand',
    () =>
      own(async (tested) => {
        const spec: Spec = {
          networks: { inner: {} },
          containers: { site: { ...sleeper, networks: ['inner'], resources: { pids: 50 } } },
        };
        await tested.reach(spec);
        const { Id } = await tested.inspect();
        const { name } = tested.resource;
        await bed.engine.ask('POST', `/networks/${name}-inner/disconnect`, { Container: Id });
        await bed.engine.ask('POST', `/containers/${Id}/update`, { PidsLimit: 20, RestartPolicy: { Name: 'no' } });
        await bed.engine.ask('POST', `/containers/${Id}/stop`);
        const [change] = await tested.left(spec);
        expect(change).toMatchObject({ part: 'container/site', action: 'update' });
        expect(change?.fields).toEqual([
          { path: 'resources.pids', before: 20, after: 50 },
          { path: 'restart.policy', before: 'no', after: 'unless-stopped' },
          { path: 'networks', before: null, after: `${name}-inner` },
          { path: 'state', before: 'exited (137)', after: 'running' },
        ]);
        await tested.reach(spec);
        expect(await tested.left(spec)).toEqual([]);
        expect((await tested.inspect()).Id).toBe(Id);
      }),
    longMs,
  );

  it(
    'comes up in order: a job that must end well, what its check calls healthy, and what the recipe drops goes',
    () =>
      own(async (tested) => {
        const common = { ...sleeper, networkMode: 'none', mounts: [{ volume: 'data', path: '/data' }] };
        const spec: Spec = {
          volumes: { data: {} },
          containers: {
            site: { ...common, dependsOn: ['prepare'], health: { command: ['cat', '/data/ready'], everySeconds: 0.2 } },
            prepare: { ...common, job: true, command: ['sh', '-c', 'echo yes > /data/ready'] },
          },
        };
        await tested.reach(spec);
        expect(await tested.left(spec)).toEqual([]);
        const health = await tested.lives.work(tested.resource, (session) => session.engineHealth(), spec);
        expect(health).toEqual({ state: 'healthy', message: '' });
        expect(await tested.inside(spec, 'sh', '-c', 'echo out; exit 4')).toEqual({ exitCode: 4, output: 'out\n' });
        expect((await tested.containers(spec))['prepare']).toMatchObject({ state: 'exited', exitCode: 0 });
        const parts = (await tested.left({ volumes: { data: {} } })).map(({ part, action }) => `${action} ${part}`);
        expect(parts).toEqual(['delete container/site', 'delete container/prepare']);
      }),
    longMs,
  );

  it(
    'finds the data that an earlier resource of its name left behind',
    () =>
      own(async (tested) => {
        const spec = only({ mounts: [{ volume: 'data', path: '/data' }] }, { volumes: { data: {} } });
        const earlier = new TestedResource(bed, { ...tested.resource, id: newId('resource') });
        await earlier.reach(spec);
        await earlier.inside(spec, 'sh', '-c', 'echo kept > /data/word');
        await earlier.reach(spec, { present: false, deleteData: false });
        await tested.reach(spec);
        expect((await tested.inside(spec, 'cat', '/data/word')).output).toBe('kept\n');
        await tested.reach(spec, gone);
      }),
    longMs,
  );
});
