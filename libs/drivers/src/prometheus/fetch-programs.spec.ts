import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { clearUnfinished } from './fetch-programs.js';

it('a fetch that was cut off leaves nothing behind for good, and what is whole stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'klevr-fetch-'));
  try {
    for (const name of ['packages', 'packages.unfinished', 'packages.unfinished.fetch-a1b2c3', 'stacks'])
      await mkdir(join(folder, name, 'usr'), { recursive: true });
    await clearUnfinished(join(folder, 'packages'));
    expect((await readdir(folder)).sort()).toEqual(['packages', 'stacks']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
