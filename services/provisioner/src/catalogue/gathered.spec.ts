import { describe, expect, it } from '@jest/globals';
import type { RecipeFile } from '@klevr/recipes/recipe-files';
import { digestOf } from '@klevr/recipes/recipe-files';
import { lintFiles } from '../lint/lint-files.js';
import { Gathered, type KnownRecipes } from './gathered.js';
import { recipeText } from './repository.fixture.js';

const filesOf = (text: string): RecipeFile[] => [{ path: 'recipe.yaml', data: Buffer.from(text), executable: false }];
const gather = async (known: KnownRecipes, ...texts: string[]) => {
  const looked: string[] = [];
  const check = (_driver: string, spec: unknown): [] => {
    looked.push(JSON.stringify(spec));
    return [];
  };
  const gathered = new Gathered((files) => lintFiles(files, check), known);
  for (const [index, text] of texts.entries()) await gathered.take(`r${index}/`, filesOf(text));
  return { gathered, looked };
};

describe('the recipes of a source', () => {
  it('are taken beside the faults of others; of two with one name and version the first counts', async () => {
    const { gathered } = await gather(
      new Map(),
      recipeText('a', '1.0.0'),
      'name: [',
      recipeText('a', '1.0.0', '# twin\n'),
      recipeText('a', '1.1.0'),
    );
    expect(gathered.recipes.map(({ name, version, content }) => [name, version, content?.manifest.driver])).toEqual([
      ['a', '1.0.0', 'pretend'],
      ['a', '1.1.0', 'pretend'],
    ]);
    expect(gathered.faults).toMatchObject([
      { file: 'r1/recipe.yaml', line: 1 },
      { file: 'r2/recipe.yaml', line: 3, column: 10, message: 'a 1.0.0 is in r0/recipe.yaml already' },
    ]);
  });

  it('that were taken before are not looked at again', async () => {
    const texts = [recipeText('a', '1.0.0'), recipeText('b', '1.0.0')] as const;
    const digest = digestOf(filesOf(texts[0]));
    const { gathered, looked } = await gather(new Map([[digest, { name: 'a', version: '1.0.0' }]]), ...texts);
    expect(looked.length).toBe(1);
    expect(gathered.recipes).toMatchObject([
      { name: 'a', version: '1.0.0', digest, content: undefined },
      { name: 'b', content: {} },
    ]);
  });

  it('have so many faults at most', async () => {
    const { gathered } = await gather(new Map(), ...Array.from({ length: 503 }, () => 'x'));
    expect(gathered.faults.length).toBe(501);
    expect(gathered.faults.at(-1)).toMatchObject({ file: '', message: expect.stringMatching(/^and \d+ faults more$/) });
  });

  it('have faults that fit one answer, however long their keys and paths are', async () => {
    const { gathered } = await gather(
      new Map(),
      ...Array.from({ length: 30 }, (_, index) => `${recipeText('a', '1.0.0')}k${index}${'y'.repeat(50_000)}: 1\n`),
    );
    gathered.refuse(
      ...Array.from({ length: 400 }, () => ({ file: 'f'.repeat(5_000), line: null, column: null, message: 'm'.repeat(2_000) })),
    );
    expect(gathered.faults.length).toBeGreaterThan(100);
    expect(JSON.stringify(gathered.faults).length).toBeLessThan(300 * 1024);
    expect(gathered.faults.at(-1)).toMatchObject({ message: expect.stringMatching(/^and \d+ faults more$/) });
  });
});
