import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { ProvisionStep } from '@klevr/contracts/provision';
import type { StateKeeper } from '@klevr/drivers/driver';
import { OperationBed } from './operation-bed.fixture.js';
import { stepOf } from './steps.fixture.js';

const { signal } = new AbortController();
const refuse = (): Promise<never> => Promise.reject(new Error('there is no state'));
const noState: StateKeeper = { lock: refuse, write: refuse, unlock: () => Promise.resolve() };

describe('the recipes on disk', () => {
  let bed: OperationBed;
  beforeEach(async () => (bed = await OperationBed.open()));
  afterEach(() => bed.close());

  const recipe = (note: string): Promise<ProvisionStep['recipe']> => bed.recipe(`  things: [{ name: a }] # ${note.padEnd(1_500, 'x')}\n`);
  const fetched = (): number => bed.centre.of('files').length;
  const folders = (): Promise<string[]> => readdir(join(bed.folder, 'recipes'));

  it('are fetched once, in pieces, however many ask', async () => {
    const { digest } = await recipe('one');
    const [one, other] = await Promise.all([bed.recipes.open(digest, signal), bed.recipes.open(digest, signal)]);
    expect(one.folder).toBe(other.folder);
    const pieces = fetched();
    expect(pieces).toBeGreaterThan(1);
    await bed.recipes.open(digest, signal);
    expect(fetched()).toBe(pieces);
  });

  it('are there for whoever asked at the same time as one that was ended', async () => {
    const { digest } = await recipe('one');
    const first = new AbortController();
    const ended = bed.recipes.open(digest, first.signal);
    const other = bed.recipes.open(digest, signal);
    first.abort(new Error('ended'));
    await expect(ended).rejects.toThrow('ended');
    expect((await other).manifest.name).toBe('r');
  });

  it('are refused where they are not what the digest says, on the wire and on the disk', async () => {
    const [one, other] = [await recipe('one'), await recipe('other')];
    const archive = bed.centre.archives.get(other.digest);
    const right = bed.centre.archives.get(one.digest);
    bed.centre.archives.set(one.digest, archive ?? Buffer.alloc(0));
    await expect(bed.recipes.open(one.digest, signal)).rejects.toThrow('its digest is another');
    bed.centre.archives.set(one.digest, right ?? Buffer.alloc(0));
    const { folder } = await bed.recipes.open(one.digest, signal);
    await writeFile(join(folder, 'recipe.yaml'), 'mischief');
    const again = await bed.recipes.open(one.digest, signal);
    expect(again.manifest.name).toBe('r');
    await expect(bed.recipes.open('../../etc', signal)).rejects.toThrow('the digest of the recipe is none');
  });

  it('make room for others, the oldest first, but for those that resources are made of', async () => {
    const [used, old, young, fresh] = [await recipe('used'), await recipe('old'), await recipe('young'), await recipe('fresh')];
    await bed.run(stepOf(used));
    for (const [{ digest }, atSeconds] of [
      [used, 1],
      [old, 2],
      [young, 3],
    ] as const) {
      const { folder } = await bed.recipes.open(digest, signal);
      await utimes(folder, atSeconds, atSeconds);
    }
    await bed.recipes.open(fresh.digest, signal);
    const left = await folders();
    expect(left).toContain(used.digest);
    expect(left).toContain(fresh.digest);
    expect(left).not.toContain(old.digest);
  });

  it('stay for as long as somebody works with them', async () => {
    const [planned, second, third, fourth] = [await recipe('1'), await recipe('2'), await recipe('3'), await recipe('4')];
    const work = await bed.workshop.open(
      { resource: { id: newId('resource'), name: 'web', revision: 1 }, recipe: planned, parameters: {}, zoneName: 'test' },
      {
        engine: { driver: 'pretend', id: 'world', version: '1', description: '' },
        secrets: new Map(),
        state: noState,
        signal,
        say: () => undefined,
      },
    );
    await utimes(work.recipe.folder, 1, 1);
    for (const { digest } of [second, third]) await bed.recipes.open(digest, signal);
    expect(await folders()).toContain(planned.digest);
    await work.close();
    await utimes(work.recipe.folder, 1, 1);
    await bed.recipes.open(fourth.digest, signal);
    expect(await folders()).not.toContain(planned.digest);
  });
});
