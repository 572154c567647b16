import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkSpec } from '@klevr/drivers/spec-schemas';
import { recipeText } from '../catalogue/repository.fixture.js';
import { lintFolder } from './lint-folder.js';

describe('linting a folder of recipes', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-lint-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (files: Record<string, string>): Promise<void> => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  };

  it('finds the recipes at any depth, and tells the place of each fault from the folder on', async () => {
    await write({
      'a/recipe.yaml': recipeText('a', '1.0.0'),
      'deep/er/b/recipe.yaml': recipeText('b', 'one'),
      'c/recipe.yaml': recipeText('a', '1.0.0'),
      'c/inner/recipe.yaml': 'belongs to c',
      'd/recipe.yaml': recipeText('d', '1.0.0').replace('kind: box', 'kind: Box'),
      '.hidden/recipe.yaml': 'is not looked at',
    });
    await mkdir(join(folder, 'e'));
    await writeFile(join(folder, 'e/recipe.yaml'), recipeText('e', '1.0.0'));
    await symlink('/etc/passwd', join(folder, 'e/secret'));
    const { recipes, faults } = await lintFolder(folder, checkSpec);
    expect(recipes).toBe(5);
    expect(faults.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([
      'c/recipe.yaml:3: a 1.0.0 is in a/recipe.yaml already',
      expect.stringMatching(/^d\/recipe\.yaml:15: spec\.things\.0\.kind: .* \(with the defaults\)$/),
      expect.stringMatching(/^deep\/er\/b\/recipe\.yaml:3: version: /),
      expect.stringMatching(/^e\/secret:null: is a link/),
    ]);
  });

  it('takes a folder that is a recipe itself', async () => {
    await write({ 'recipe.yaml': recipeText('a', '1.0.0') });
    const { recipes, faults, warnings } = await lintFolder(folder, checkSpec);
    expect([recipes, faults]).toEqual([1, []]);
    expect(warnings.map(({ file, message }) => `${file}: ${message}`)).toContain('README.md: is missing');
  });
});
