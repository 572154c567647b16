import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RunFolder, inlineText, maxInlineOutputBytes, outputBytes } from './run-folder.js';

describe('what a step wrote', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-output-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const outputOf = async (content: string | Buffer): Promise<string> => {
    await writeFile(join(folder, 'out'), content);
    return inlineText(outputBytes(join(folder, 'out'), maxInlineOutputBytes) ?? Buffer.from('no file'));
  };

  it('is told up to 64 KiB, cut between characters', async () => {
    expect(await outputOf('grüße')).toBe('grüße');
    const cut = await outputOf(`${'x'.repeat(maxInlineOutputBytes - 1)}ü`);
    expect(cut).toBe('x'.repeat(maxInlineOutputBytes - 1));
    expect(await outputOf('')).toBe('');
  });

  it('is told though it is no text', async () => {
    expect(await outputOf(Buffer.from([0x61, 0xff, 0x62]))).toBe('a\ufffdb');
    expect((await outputOf(Buffer.alloc(2 * maxInlineOutputBytes, 0xff))).length).toBeLessThanOrEqual(maxInlineOutputBytes);
  });

  it('is nothing where the file is gone or is no file', () => {
    expect(outputBytes(join(folder, 'none'), 9)).toBeUndefined();
    expect(outputBytes(folder, 9)).toBeUndefined();
  });
});

describe('the folder of a run', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'klevr-folder-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('goes with what was written to it, whoever wrote it or took it away', async () => {
    const [one, two, three] = ['1', '2', '3'].map((name) => RunFolder.make(root, name));
    if (one === undefined || two === undefined || three === undefined) throw new Error('no folders');
    for (const run of [one, two, three]) run.write('ours', 'x');
    await writeFile(join(two.path, 'theirs'), 'x');
    await rm(join(three.path, 'ours'));
    for (const run of [one, two, three]) {
      await run.remove();
      expect(existsSync(run.path)).toBe(false);
    }
  });
});
