import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { recipeLimits } from '@klevr/contracts/recipe';
import fc from 'fast-check';
import { pack as tarOf, type Header } from 'tar-stream';
import { BadArchive, pack, unpack } from './archive.js';
import { digestOf, pathFault, readFolder, sorted } from './recipe-files.js';
import { fileOf, webRecipe } from './recipe.fixture.js';
import { writeFiles } from './write-files.js';

const archiveOf = async (...entries: (Partial<Header> & { name: string; text?: string })[]): Promise<Buffer> => {
  const tar = tarOf();
  for (const { text, ...header } of entries) tar.entry(header, text ?? '');
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return gzipSync(Buffer.concat(parts));
};

describe('archives of recipes', () => {
  const part = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => pathFault(text) === undefined && !text.includes('/'));
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const file = fc.record({ path, data: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)), executable: fc.boolean() });
  /** No path is a folder of another. */
  const folder = fc
    .uniqueArray(file, { selector: ({ path: name }) => name, maxLength: 8 })
    .filter((files) => !files.some((one) => files.some((other) => other.path.startsWith(`${one.path}/`))));

  it('give back what was packed, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(folder, async (files) => {
        const { data, digest } = await pack(files);
        expect(await unpack(data, digest)).toEqual(sorted(files));
      }),
    );
  });

  it('are the same for the same files, in whatever order and whenever they are packed', async () => {
    const [one, other] = await Promise.all([pack(webRecipe()), pack(webRecipe().toReversed())]);
    expect(one.data.equals(other.data)).toBe(true);
    expect(one.digest).toBe(other.digest);
    expect(one.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('have another digest for another path, content or mode', () => {
    const digests = [
      [fileOf('a', 'x')],
      [fileOf('b', 'x')],
      [fileOf('a', 'y')],
      [fileOf('a', 'x', true)],
      [fileOf('a', ''), fileOf('b', 'x')],
      [fileOf('a', 'x'), fileOf('b', '')],
      [fileOf('ab', 'x')],
      [],
    ].map(digestOf);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it.each([
    ['a path that leads out', { name: '../x' }],
    ['an absolute path', { name: '/etc/x' }],
    ['a path with a backslash', { name: 'a\\..\\x' }],
    ['a link', { name: 'a', type: 'symlink' as const, linkname: '/etc/passwd' }],
    ['a hard link', { name: 'a', type: 'link' as const, linkname: '/etc/passwd' }],
    ['a folder', { name: 'a', type: 'directory' as const }],
    ['a device', { name: 'a', type: 'character-device' as const }],
  ])('are refused with %s', async (_what, entry) => {
    await expect(archiveOf({ name: 'recipe.yaml' }, entry).then((data) => unpack(data))).rejects.toThrow(BadArchive);
  });

  it('are refused with two files of one path, too many files, too much in them, or another content than asked for', async () => {
    await expect(unpack(await archiveOf({ name: 'a' }, { name: 'a' }))).rejects.toThrow('is there twice');
    const many = Array.from({ length: recipeLimits.files + 1 }, (_, index) => ({ name: `f${index}` }));
    await expect(unpack(await archiveOf(...many))).rejects.toThrow('has too many files');
    await expect(unpack(gzipSync(Buffer.alloc(64 * 1024 * 1024)))).rejects.toThrow('larger one than a recipe may be');
    await expect(unpack(Buffer.from('no archive'))).rejects.toThrow('is no gzipped tar');
    const { data } = await pack(webRecipe());
    await expect(unpack(data, digestOf([]))).rejects.toThrow('its digest is another');
    await expect(unpack(data.subarray(0, data.length - 40))).rejects.toThrow(BadArchive);
  });

  it('are written into a folder, from which they are read as they were', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'klevr-archive-'));
    try {
      const files = [...webRecipe(), fileOf('scripts/run.sh', '#!/bin/sh\n', true)];
      const target = join(parent, 'new');
      await writeFiles(files, target);
      expect(await readFolder(target)).toEqual({ files: expect.arrayContaining(files), faults: [] });
      expect((await readdir(target)).length).toBe(4);
      expect((await stat(target)).mode & 0o777).toBe(0o700);
      expect(await readFile(join(target, 'scripts/run.sh'), 'utf8')).toBe('#!/bin/sh\n');
      await expect(writeFiles(files, target)).rejects.toThrow('EEXIST');
      await expect(writeFiles([fileOf('../out', '')], join(parent, 'other'))).rejects.toThrow(BadArchive);
    } finally {
      await rm(parent, { recursive: true });
    }
  });
});
