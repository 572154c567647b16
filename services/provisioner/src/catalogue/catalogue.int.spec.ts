import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReplyOf } from '@klevr/contracts/contract';
import { newId } from '@klevr/contracts/ids';
import { provisionContracts } from '@klevr/contracts/provisioner-contracts';
import { subjects } from '@klevr/contracts/subjects';
import { call } from '@klevr/messaging/call';
import { unpack } from '@klevr/recipes/archive';
import { DataSource } from 'typeorm';
import { RecipeShelf } from '../resources/recipe-shelf.js';
import { actor, CatalogueBed } from './catalogue-bed.fixture.js';
import { recipeText } from './repository.fixture.js';
import { SyncStore } from './sync.store.js';

describe('the catalogue', () => {
  let bed: CatalogueBed;

  beforeAll(async () => {
    bed = await CatalogueBed.open();
  }, 120_000);

  afterAll(() => bed?.close(), 60_000);

  it('has the recipes of the installation when the service is ready, and says what is wrong with the others', async () => {
    const source = await bed.rpc('getSource', { source: 'klevr' });
    expect(source).toMatchObject({ builtIn: true, status: 'synced', ref: null });
    expect(source.faults).toEqual([{ file: 'bad/recipe.yaml', line: 3, column: 10, message: expect.stringMatching(/^version: /) }]);
    expect(await bed.rpc('getRecipe', { name: 'site' })).toMatchObject({
      ...{ source: 'klevr', version: '1.0.0', driver: 'pretend', readme: '# Site\n', outputs: { address: { sensitive: true } } },
      files: [
        { path: 'README.md', bytes: 7 },
        { path: 'recipe.yaml', bytes: expect.any(Number) },
        { path: 'run.sh', bytes: 10 },
      ],
    });
    await expect(bed.rpc('deleteSource', { actor, source: 'klevr' })).rejects.toMatchObject({ code: 'WRONG_STATE' });
    await expect(bed.create(bed.repository(), { name: 'klevr' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('takes the recipes of a branch at a commit, and tells the faults of the bad ones with file and line', async () => {
    const origin = bed.repository().write({
      'recipes/good/recipe.yaml': recipeText('good', '1.0.0'),
      'recipes/twin/recipe.yaml': recipeText('good', '1.0.0'),
      'recipes/broken/recipe.yaml': recipeText('broken', '1.0.0', 'nonsense: true\n'),
      'recipes/linked/recipe.yaml': recipeText('linked', '1.0.0'),
      'elsewhere/recipe.yaml': recipeText('elsewhere', '1.0.0'),
    });
    origin.link('recipes/linked/secret', '/etc/passwd');
    const commit = origin.commit();
    const { id, name } = await bed.create(origin, { folder: 'recipes' });
    const source = await bed.read(id);
    expect(source).toMatchObject({ status: 'synced', commit, hasAuth: false });
    expect(source.faults).toEqual(
      expect.arrayContaining([
        { file: 'recipes/linked/secret', line: null, column: null, message: expect.stringMatching(/is a link/) },
        { file: 'recipes/broken/recipe.yaml', line: 16, column: 1, message: 'nonsense: is not known' },
        {
          file: 'recipes/twin/recipe.yaml',
          line: 3,
          column: 10,
          message: expect.stringMatching(/is in recipes\/good\/recipe\.yaml already/),
        },
      ]),
    );
    const { items } = await bed.rpc('listRecipes', { limit: 50, source: name });
    expect(items).toMatchObject([{ source: name, name: 'good', version: '1.0.0', commit, versions: ['1.0.0'] }]);
  });

  it('makes the newest content of a version current, and keeps the older one for what is pinned to it', async () => {
    const origin = bed.repository().write({ 'a/recipe.yaml': recipeText('pinned', '1.0.0') });
    origin.commit();
    const { id, name } = await bed.source(origin);
    const shelf = bed.app.get(RecipeShelf);
    const before = await shelf.find({ source: name, name: 'pinned' });
    origin
      .write({ 'a/recipe.yaml': recipeText('pinned', '1.0.0', '# another\n'), 'b/recipe.yaml': recipeText('pinned', '1.1.0-rc.1') })
      .commit();
    expect(await bed.sync(id)).toMatchObject({ status: 'synced' });
    const recipe = await bed.rpc('getRecipe', { name: 'pinned', source: name });
    expect(recipe.versions.map(({ version, current, digest }) => [version, current, digest === before.pinned.digest])).toEqual([
      ['1.1.0-rc.1', true, false],
      ['1.0.0', true, false],
      ['1.0.0', false, true],
    ]);
    expect(recipe).toMatchObject({ version: '1.0.0' });
    expect(await shelf.check(before, { size: 2 })).toEqual({ parameters: { size: 2 }, credentials: [], faults: [] });
    origin.remove('a').remove('b').write({ README: '' }).commit();
    expect(await bed.sync(id)).toMatchObject({ status: 'synced', statusMessage: 'there is no recipe in it' });
    expect(await bed.rpc('listRecipes', { limit: 50, source: name })).toEqual({ items: [], nextCursor: null });
    expect(await shelf.check(before, {})).toMatchObject({ parameters: { size: 1 }, faults: [] });
  });

  it('forgets what its source dropped long ago and nothing is pinned to, and nothing else', async () => {
    const origin = bed.repository().write({ 'a/recipe.yaml': recipeText('old', '1.0.0'), 'b/recipe.yaml': recipeText('used', '1.0.0') });
    origin.commit();
    const { id, name } = await bed.source(origin);
    const used = await bed.app.get(RecipeShelf).find({ source: name, name: 'used' });
    const old = (await bed.rpc('getRecipe', { name: 'old', source: name })).digest;
    const database = bed.app.get(DataSource);
    const revision = [newId('resource'), 1, JSON.stringify(used), '{}', '[]', 'tester', new Date()];
    await database.query(
      'INSERT INTO resource_revisions (resource_id, revision, recipe, parameters, credentials, created_by, created_at) VALUES (?)',
      [revision],
    );
    origin.remove('a').remove('b').write({ README: '' }).commit();
    await bed.sync(id);
    const soon = new Date(Date.now() + 60_000);
    for (let after: string | undefined = ''; after !== undefined;) after = await bed.app.get(SyncStore).removeUnused(soon, after);
    const rows = await database.query<{ digest: string }[]>('SELECT DISTINCT digest FROM catalogue_pieces WHERE digest IN (?)', [
      [old, used.pinned.digest],
    ]);
    expect(rows).toEqual([{ digest: used.pinned.digest }]);
    expect(await bed.app.get(RecipeShelf).check(used, {})).toMatchObject({ faults: [] });
  });

  it('gives workers the archive in pieces, which have the digest of the folder', async () => {
    const origin = bed.repository().write({
      'big/recipe.yaml': recipeText('big', '1.0.0'),
      'big/noise': randomBytes(500_000).toString('base64'),
    });
    origin.commit();
    const { name } = await bed.source(origin);
    const digest = (await bed.rpc('getRecipe', { name: 'big', source: name })).digest;
    const zone = newId('zone');
    const { bus, agentId } = await bed.servers.agentBus(zone, undefined, 'worker');
    const subject = subjects.provision.build({ zone, agent: agentId, verb: 'files' });
    const ask = (of: string, offset: number): Promise<ReplyOf<typeof provisionContracts.files>> =>
      call(bus, provisionContracts.files, { digest: of, offset }, { subject });
    const pieces: Buffer[] = [];
    for (let offset = 0; ;) {
      const { data, bytes } = await ask(digest, offset);
      if (data === '') break;
      pieces.push(Buffer.from(data, 'base64'));
      offset = Buffer.concat(pieces).length;
      expect(offset).toBeLessThanOrEqual(bytes);
    }
    expect(pieces.length).toBe(2);
    expect((await unpack(Buffer.concat(pieces), digest)).map(({ path }) => path)).toEqual(['noise', 'recipe.yaml']);
    await expect(ask('0'.repeat(64), 0)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('lists recipes page by page, and finds the one that is meant', async () => {
    const [one, other] = [bed.repository(), bed.repository()];
    for (const origin of [one, other]) origin.write({ 'x/recipe.yaml': recipeText('twice', '1.0.0') }).commit();
    const sources = [await bed.create(one), await bed.create(other)];
    for (const { id } of sources) await bed.read(id);
    await expect(bed.rpc('getRecipe', { name: 'twice' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(bed.rpc('getRecipe', { name: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const names: string[] = [];
    for (let cursor: string | undefined; ;) {
      const { items, nextCursor } = await bed.rpc('listRecipes', { limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      names.push(...items.map(({ source, name }) => `${source}/${name}`));
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    expect(names).toEqual(names.toSorted());
    expect(names).toEqual(expect.arrayContaining(['klevr/site', ...sources.map(({ name }) => `${name}/twice`)]));
    expect(new Set(names).size).toBe(names.length);
    await expect(bed.rpc('listRecipes', { limit: 1, cursor: '!' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('tells resources what is wrong with their recipe and parameters', async () => {
    const shelf = bed.app.get(RecipeShelf);
    await expect(shelf.find({ source: 'nowhere', name: 'site' })).rejects.toMatchObject({ errors: [{ path: 'recipe.source' }] });
    await expect(shelf.find({ source: 'klevr', name: 'nothing' })).rejects.toMatchObject({
      errors: [{ path: 'recipe.name', message: 'is not known to klevr; it has site' }],
    });
    await expect(shelf.find({ source: 'klevr', name: 'site', version: '9.9.9' })).rejects.toMatchObject({
      errors: [{ path: 'recipe.version', message: 'is not known; there are 1.0.0' }],
    });
    const recipe = await shelf.find({ source: 'klevr', name: 'site' });
    expect(recipe).toMatchObject({ pinned: { driver: 'pretend', version: '1.0.0' }, sensitiveOutputs: ['address'] });
    expect(await shelf.check(recipe, { size: 'x', colour: 1 })).toMatchObject({
      faults: [
        { path: 'size', message: 'must be integer' },
        { path: 'colour', message: 'is not a parameter of the recipe' },
      ],
    });
    expect(await shelf.check(recipe, { password: 'DB' })).toMatchObject({ credentials: ['DB'], faults: [] });
  });

  it('lints what is sent, and takes nothing in', async () => {
    const file = (path: string, text: string) => ({ path, data: Buffer.from(text).toString('base64') });
    expect(await bed.rpc('lintRecipe', { files: [file('recipe.yaml', recipeText('sent', '1.0.0'))] })).toEqual({ faults: [] });
    expect(await bed.rpc('lintRecipe', { files: [file('recipe.yaml', 'name: [')] })).toMatchObject({
      faults: [{ file: 'recipe.yaml', line: 1 }],
    });
    await expect(bed.rpc('getRecipe', { name: 'sent' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('answers others while a recipe that runs away is linted', async () => {
    const runaway = [
      ...['apiVersion: klevr/v1', 'name: away', 'version: 1.0.0', 'description: Runs away.', 'driver: pretend'],
      ...["parameters: { type: object, properties: { name: { type: string, pattern: '^(a+)+$' } } }"],
      ...[`examples: [{ name: '${'a'.repeat(60)}!' }]`, 'spec: { things: [] }'],
    ].join('\n');
    const order: string[] = [];
    const files = [{ path: 'recipe.yaml', data: Buffer.from(runaway).toString('base64') }];
    const linted = bed.rpc('lintRecipe', { files }).then((report) => (order.push('linted'), report));
    for (let turn = 0; turn < 5; turn += 1) await bed.rpc('getRecipe', { name: 'site' }).then(() => order.push('answered'));
    expect(await linted).toMatchObject({ faults: [{ message: expect.stringContaining('was not done after') }] });
    expect(order).toEqual([...Array.from({ length: 5 }, () => 'answered'), 'linted']);
  }, 60_000);
});
