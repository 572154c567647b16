import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Source } from '@klevr/contracts/catalogue';
import { SecretBox } from '@klevr/platform/secret-box';
import { DataSource } from 'typeorm';
import { boxColumns } from '../box-columns.js';
import { actor, CatalogueBed } from './catalogue-bed.fixture.js';
import { recipeText } from './repository.fixture.js';
import { SyncService } from './sync.service.js';
import { SyncStore } from './sync.store.js';

describe('sources of recipes', () => {
  let bed: CatalogueBed;

  beforeAll(async () => {
    bed = await CatalogueBed.open();
  }, 120_000);

  afterAll(() => bed?.close(), 60_000);

  it('takes a tag only with the signature of a trusted signer, on that very tag', async () => {
    const origin = bed.repository().write({ 'a/recipe.yaml': recipeText('signed', '1.0.0') });
    origin.commit();
    const [signer, stranger] = [
      origin.signedTag('v1', join(bed.servers.folder, 'key-1')),
      origin.signedTag('v2', join(bed.servers.folder, 'key-2')),
    ];
    origin.git('tag', 'plain');
    origin.git('tag', '--annotate', '--message', 'x', 'unsigned');
    origin.git('update-ref', 'refs/tags/v3', 'refs/tags/v1');
    const of = (tag: string, trustedSigners = [signer]): Promise<Source> =>
      bed.create(origin, { ref: { tag }, signedTagsOnly: true, trustedSigners }).then(({ id }) => bed.read(id));
    expect(await of('v1')).toMatchObject({ status: 'synced', faults: [] });
    expect(await of('v2', [signer, stranger])).toMatchObject({ status: 'synced' });
    expect(await of('v2')).toMatchObject({
      status: 'failed',
      statusMessage: expect.stringMatching(/no valid signature of a trusted signer/),
    });
    expect(await of('plain')).toMatchObject({ status: 'failed', statusMessage: expect.stringMatching(/not an annotated tag/) });
    expect(await of('unsigned')).toMatchObject({ status: 'failed', statusMessage: expect.stringMatching(/no valid signature/) });
    expect(await of('v3')).toMatchObject({ status: 'failed', statusMessage: expect.stringMatching(/another tag/) });
  });

  it('can be pinned to a commit, also to one that is no branch any more', async () => {
    const origin = bed.repository().write({ 'a/recipe.yaml': recipeText('fixed', '1.0.0') });
    const first = origin.commit();
    origin.write({ 'a/recipe.yaml': recipeText('fixed', '2.0.0') }).commit();
    const { id, name } = await bed.create(origin, { ref: { commit: first } });
    expect(await bed.read(id)).toMatchObject({ status: 'synced', commit: first });
    expect(await bed.rpc('getRecipe', { name: 'fixed', source: name })).toMatchObject({ version: '1.0.0', commit: first });
  });

  it('says why a repository cannot be read, keeps what it had, and reads it again as soon as it is changed', async () => {
    const origin = bed.repository().write({ 'a/recipe.yaml': recipeText('kept', '1.0.0') });
    origin.commit();
    const { id, name } = await bed.source(origin);
    await bed.rpc('updateSource', { actor, source: name, changes: { ref: { branch: 'none' } } });
    expect(await bed.read(id, ({ status }) => status === 'failed')).toMatchObject({
      statusMessage: 'the repository has no branch none',
      revision: 2,
    });
    expect(await bed.rpc('getRecipe', { name: 'kept', source: name })).toMatchObject({ version: '1.0.0' });
    await bed.rpc('updateSource', { actor, source: name, changes: { url: `${origin.url}-gone` } });
    expect(await bed.read(id, ({ statusMessage }) => statusMessage.includes('ls-remote'))).toMatchObject({ status: 'failed' });
    await bed.rpc('updateSource', { actor, source: name, changes: { url: origin.url, ref: { branch: 'main' } }, ifRevision: 3 });
    expect(await bed.read(id, ({ status }) => status === 'synced')).toMatchObject({ revision: 4 });
    await expect(bed.rpc('updateSource', { actor, source: name, changes: { folder: 'x' }, ifRevision: 1 })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    await bed.rpc('deleteSource', { actor, source: name });
    await expect(bed.rpc('getSource', { source: name })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('seals what opens a repository, and does not tell it to another host', async () => {
    const origin = bed.repository().write({ 'a/recipe.yaml': recipeText('closed', '1.0.0') });
    origin.commit();
    const { id, name } = await bed.create(origin, { auth: { username: 'me', password: 'hunter2-hunter2' } });
    expect(await bed.read(id)).toMatchObject({ status: 'synced', hasAuth: true });
    const [row] = await bed.app.get(DataSource).query<Record<string, unknown>[]>('SELECT * FROM catalogue_sources WHERE id = ?', [id]);
    expect(JSON.stringify(row)).not.toContain('hunter2');
    const column = boxColumns.find(({ table }) => table === 'catalogue_sources');
    const box = String(row?.['auth_box']);
    expect(
      bed.app
        .get(SecretBox)
        .open(box, column?.contextOf([id]) ?? '')
        .toString(),
    ).toContain('hunter2');
    const changes = { url: 'https://other.example/recipes.git' };
    await expect(bed.rpc('updateSource', { actor, source: name, changes })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      errors: [{ path: 'auth', message: expect.stringMatching(/must be given again/) }],
    });
    expect(await bed.rpc('updateSource', { actor, source: name, changes: { auth: null } })).toMatchObject({ hasAuth: false });
  });

  it('has one reader of a source at a time, whose result counts only while it has the claim', async () => {
    const origin = bed.repository().write({ 'a/recipe.yaml': recipeText('claimed', '1.0.0') });
    origin.commit();
    const { id, name } = await bed.source(origin);
    const store = bed.app.get(SyncStore);
    const [now, later, muchLater] = [0, 60_000, 120_000].map((ms) => new Date(Date.now() + ms)) as [Date, Date, Date];
    const claims = await Promise.all(Array.from({ length: 5 }, () => store.claim(id, now, later)));
    const [mine, ...others] = claims.filter((claim) => claim !== undefined);
    expect(others).toEqual([]);
    expect(await bed.sync(id)).toMatchObject({ status: 'syncing' });
    const next = await store.claim(id, muchLater, new Date(muchLater.getTime() + 60_000));
    expect(next).toBeDefined();
    expect(await store.finish(id, mine ?? '', { status: 'synced', message: '', recipes: [] }, now)).toBe(false);
    expect(await bed.rpc('getRecipe', { name: 'claimed', source: name })).toMatchObject({ version: '1.0.0' });
    expect(await store.finish(id, next ?? '', { status: 'failed', message: 'played' }, now)).toBe(true);
  });

  it('reads a source again when its time has come, and only if there is anything new', async () => {
    const origin = bed.repository().write({ 'a/recipe.yaml': recipeText('timed', '1.0.0') });
    origin.commit();
    const { id, name } = await bed.create(origin, { syncEverySeconds: 3_600 });
    const first = await bed.read(id);
    const due = async (): Promise<void> => {
      await bed.app.get(DataSource).query('UPDATE catalogue_sources SET next_sync_at = ? WHERE id = ?', [new Date(0), id]);
      bed.app.get(SyncService).wake();
    };
    await due();
    const second = await bed.read(id, ({ syncedAt }) => syncedAt !== null && syncedAt > (first.syncedAt ?? ''));
    expect(second.commit).toBe(first.commit);
    origin.write({ 'a/recipe.yaml': recipeText('timed', '1.1.0') }).commit();
    await due();
    await bed.read(id, ({ commit }) => commit !== first.commit);
    expect(await bed.rpc('getRecipe', { name: 'timed', source: name })).toMatchObject({ version: '1.1.0' });
  });

  it('answers a repeated request with the first answer, and refuses the key for another', async () => {
    const origin = bed.repository().write({ 'a/recipe.yaml': recipeText('once', '1.0.0') });
    origin.commit();
    const source = { name: 'once', url: origin.url, ref: { branch: 'main' } };
    const idempotency = { key: 'k', scope: 'test', digest: 'd' };
    const first = await bed.rpc('createSource', { actor, source, idempotency });
    expect((await bed.rpc('createSource', { actor, source, idempotency })).id).toBe(first.id);
    await expect(bed.rpc('createSource', { actor, source, idempotency: { ...idempotency, digest: 'e' } })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
  });
});
