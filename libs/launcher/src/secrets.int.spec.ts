import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepSecret } from './secrets.js';

describe('keepSecret', () => {
  let dir: string;
  beforeAll(async () => (dir = await mkdtemp(join(tmpdir(), 'klevr-secrets-'))));
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('keeps one secret for all who ask at the same time, readable by its owner only', async () => {
    const file = join(dir, 'kept', 'password');
    const answers = await Promise.all(Array.from({ length: 8 }, () => keepSecret(file)));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^[0-9a-f]{32}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(dir, 'kept'))).toEqual(['password']);
    expect(await keepSecret(file)).toBe(answers[0]);
  });
});
