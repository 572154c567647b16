import { describe, expect, it } from '@jest/globals';
import { recipeLimits } from '@klevr/contracts/recipe';
import { entriesOf, recipeFolders, sourceLimits, type TreeEntry } from './git-tree.js';

const object = 'a'.repeat(40);
const entry = (path: string, mode = '100644', bytes = 10): TreeEntry => ({ mode, object, bytes, path });
const found = (entries: TreeEntry[], within = '') => {
  const { folders, faults } = recipeFolders(entries, within);
  return {
    folders: folders.map(({ folder, entries: files }) => [folder, ...files.map(({ path }) => path)]),
    faults: faults.map(({ file, message }) => `${file}: ${message}`),
  };
};

describe('the tree of a source', () => {
  it('is read as git lists it, whatever the names are', () => {
    expect(entriesOf(`100755 blob ${object}      12\ta b/\tc\n"d"\0${'160000'} commit ${object}       -\tsub\0`)).toEqual([
      { mode: '100755', object, bytes: 12, path: 'a b/\tc\n"d"' },
      { mode: '160000', object, bytes: 0, path: 'sub' },
    ]);
  });

  it('has a recipe in each folder with a recipe.yaml, with all that is below it', () => {
    const entries = [
      entry('a/recipe.yaml'),
      entry('a/files/x'),
      entry('a/inner/recipe.yaml'),
      entry('b/c/recipe.yaml'),
      entry('README.md'),
    ];
    expect(found(entries).folders).toEqual([
      ['a/', 'files/x', 'inner/recipe.yaml', 'recipe.yaml'],
      ['b/c/', 'recipe.yaml'],
    ]);
    expect(found(entries, 'b').folders).toEqual([['b/c/', 'recipe.yaml']]);
    expect(found(entries, 'b/').folders).toEqual([['b/c/', 'recipe.yaml']]);
    expect(found(entries, 'a').folders).toEqual([['a/', 'files/x', 'inner/recipe.yaml', 'recipe.yaml']]);
    expect(found([entry('recipe.yaml'), entry('x')]).folders).toEqual([['', 'recipe.yaml', 'x']]);
    expect(found([entry('ab/recipe.yaml')], 'a').folders).toEqual([]);
    expect(found([entry('a/other-recipe.yaml')]).folders).toEqual([]);
  });

  it('is gone through in one go, however many recipes it names', () => {
    const many = Array.from({ length: 60_000 }, (_, index) => entry(`${'deep/'.repeat(8)}r${index}/recipe.yaml`));
    const { folders, faults } = recipeFolders(many, '');
    expect(folders).toHaveLength(sourceLimits.recipes);
    expect(faults).toHaveLength(1_000);
  });

  it('refuses recipes with links, submodules or too much in them, and keeps the others', () => {
    const entries = [
      ...[
        entry('good/recipe.yaml'),
        entry('linked/recipe.yaml'),
        entry('linked/x', '120000'),
        entry('sub/recipe.yaml'),
        entry('sub/m', '160000'),
      ],
      ...[entry('large/recipe.yaml'), entry('large/x', '100644', recipeLimits.fileBytes + 1)],
    ];
    const { folders, faults } = found(entries);
    expect(folders).toEqual([['good/', 'recipe.yaml']]);
    expect(faults).toEqual([
      expect.stringMatching(/^large\/x: has \d+ bytes/),
      expect.stringMatching(/^linked\/x: is a link/),
      expect.stringMatching(/^sub\/m: is a submodule/),
    ]);
  });

  it('takes so many recipes and bytes, and says which ones are past that', () => {
    const many = Array.from({ length: sourceLimits.recipes + 1 }, (_, index) => entry(`r${index + 1_000}/recipe.yaml`));
    expect(found(many).faults).toEqual([expect.stringMatching(/^r1500\/recipe\.yaml: is more than/)]);
    const large = Array.from({ length: 9 }, (_, index) => [
      entry(`r${index}/recipe.yaml`),
      entry(`r${index}/x`, '100644', 8 * 1024 * 1024),
    ]);
    expect(found(large.flat()).faults).toEqual([expect.stringMatching(/^r7\//), expect.stringMatching(/^r8\//)]);
  });
});
