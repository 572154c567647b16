import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keepSystemFiles } from './system-files.js';

describe('the files of an installation', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stay as they are, and a key that signs tasks and was lost is made anew as a newer one than agents know', async () => {
    const { taskKey } = await keepSystemFiles(folder);
    const read = async () => JSON.parse(await readFile(taskKey, 'utf8')) as { kid: string; generation: number };
    const first = await read();
    await keepSystemFiles(folder);
    expect(await read()).toEqual(first);
    await rm(taskKey);
    const knownAtMs = Date.now();
    await keepSystemFiles(folder);
    const made = await read();
    expect(made.kid).not.toBe(first.kid);
    expect(made.generation).toBeGreaterThanOrEqual(knownAtMs);
  });
});
