import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkParameters } from '@klevr/recipes/check-parameters';
import { readRecipeFolder } from '@klevr/recipes/read-recipe';
import { renderFile, renderOutputs, renderSpec, type Rendered } from '@klevr/recipes/render';
import { dockerObstacle } from '@klevr/testing/docker-engine';
import { eventually } from '@klevr/testing/eventually';
import { cutPlaces } from '../cut-places.fixture.js';
import { driverContract } from '../driver-contract.fixture.js';
import type { Spec } from '../driver-lives.fixture.js';
import { CuttingProxy } from './cutting-proxy.fixture.js';
import { DockerBed, sleeper, testImage } from './docker-bed.fixture.js';
import { only, present, TestedResource } from './tested-resource.fixture.js';

const obstacle = await dockerObstacle();
const longMs = 120_000;
const valueOf = <T>(rendered: Rendered<T>): T => {
  if ('faults' in rendered) throw new Error(JSON.stringify(rendered.faults));
  return rendered.value;
};

driverContract('docker', () => DockerBed.open(), { timeoutMs: longMs, skip: obstacle === undefined ? undefined : `skipped: ${obstacle}` });

(obstacle === undefined ? describe : describe.skip)(`a resource at a Docker Engine${obstacle ? ` (skipped: ${obstacle})` : ''}`, () => {
  let bed: DockerBed;
  const own = (test: (tested: TestedResource) => Promise<void>): Promise<void> => TestedResource.in(bed, test);

  beforeAll(async () => void (bed = await DockerBed.open()), longMs);
  afterAll(() => bed?.close(), longMs);

  it(
    'is whole after its worker was killed before any of the requests that change something',
    () =>
      own(async (tested) => {
        await writeFile(join(bed.recipeFolder, 'root.tar'), await readFile(await bed.engine.rootFileSystem()));
        const wish = (colour: string): Spec => ({
          images: { root: { import: { file: 'root.tar' } } },
          networks: { inner: { internal: colour === 'green' } },
          containers: { site: { ...sleeper, image: 'root', networks: ['inner'], files: [{ path: '/etc/app/colour', content: colour }] } },
        });
        const killed = async (spec: Spec, place: number): Promise<number> => {
          const proxy = await CuttingProxy.open(bed.engine.socket, join(bed.folder, `cut-${place}`), place);
          const driver = await bed.open(proxy.socket);
          const session = await driver.open(await bed.work(tested.resource, spec, new AbortController().signal));
          const ended = session.plan(present).then((plan) => session.carryOut(plan, present, () => Promise.resolve()));
          await ended.catch((error: unknown) => error);
          await driver.close();
          await proxy.close();
          return proxy.asked;
        };
        await tested.reach(wish('blue'));
        const whole = await tested.names();
        // The way there may need other requests than the way back.
        const requests = {
          green: await killed(wish('green'), Number.POSITIVE_INFINITY),
          blue: await killed(wish('blue'), Number.POSITIVE_INFINITY),
        };
        expect(Math.min(requests.green, requests.blue)).toBeGreaterThan(3);
        let colour: 'blue' | 'green' = 'blue';
        for (const place of cutPlaces(Math.max(requests.green, requests.blue))) {
          const next: 'blue' | 'green' = colour === 'blue' ? 'green' : 'blue';
          if (requests[next] < place) await tested.reach(wish(next));
          else colour = next;
          const spec = wish(colour);
          expect(await killed(spec, place)).toBeGreaterThanOrEqual(place);
          await tested.reach(spec);
          expect({ place, left: await tested.left(spec), names: await tested.names() }).toEqual({ place, left: [], names: whole });
          expect((await tested.inside(spec, 'cat', '/etc/app/colour')).output).toBe(colour);
        }
      }),
    longMs,
  );

  it(
    'is the static site of the catalogue, with its outputs',
    () =>
      own(async (tested) => {
        const recipe = await readRecipeFolder(fileURLToPath(new URL('../../../../recipes/docker-static-site', import.meta.url)));
        if ('faults' in recipe) throw new Error(JSON.stringify(recipe.faults));
        const checked = checkParameters(recipe.manifest, { title: 'Tea & cake', image: testImage, address: '127.0.0.1' });
        if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
        const secrets = new Map<string, string>();
        const given = { manifest: recipe.manifest, parameters: checked.parameters, resource: { ...tested.resource, zone: 'test' } };
        const spec = valueOf(renderSpec({ ...given, secrets }));
        const texts = new Map(recipe.files.map(({ path, data }) => [path, data.toString()]));
        bed.files = {
          folder: '',
          list: () => [...texts.keys()],
          read: (path) => Promise.resolve(Buffer.from(texts.get(path) ?? '')),
          render: (path) => Promise.resolve(valueOf(renderFile({ ...given, secrets, path, files: { read: (name) => texts.get(name) } }))),
        };
        await tested.reach(spec);
        const { values } = await tested.lives.work(tested.resource, (session) => session.observe(), spec);
        const { url } = valueOf(renderOutputs({ ...given, observed: values }));
        const page = await eventually('the page', 20_000, async () => (await fetch(String(url))).text());
        expect(page).toContain('<h1>Tea &amp; cake</h1>');
        expect(await tested.left(spec)).toEqual([]);
        bed.files = undefined;
      }),
    longMs,
  );

  it(
    'is told of again once the engine, which was away, is back',
    () =>
      own(async (tested) => {
        const spec = only({});
        await tested.reach(spec);
        const driver = await bed.open();
        const [engine] = await driver.engines();
        if (engine === undefined || driver.watch === undefined) throw new Error('there is no engine');
        const told: string[] = [];
        const watch = await driver.watch(engine, (id, what) => void (id === tested.resource.id && told.push(what)));
        await bed.engine.kill();
        expect(await driver.engines()).toEqual([]);
        await expect(tested.left(spec)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        await bed.engine.startAgain();
        await eventually('word of the engine', 60_000, () => told.includes('the engine is back') || undefined);
        await watch.stop();
        await driver.close();
      }),
    longMs,
  );
});
