import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { endAsAnyOther } from './oom-score.js';

describe('what an agent starts', () => {
  let proc: string;
  const file = (pid: number | string): string => join(proc, String(pid), 'oom_score_adj');

  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'klevr-proc-'));
    for (const pid of ['self', '7']) mkdirSync(join(proc, pid));
  });
  afterEach(() => rmSync(proc, { recursive: true }));

  it.each([
    [-500, '0'],
    [0, 'as it was'],
    [300, 'as it was'],
  ])('is judged as any other where the agent itself is at %i', (own, expected) => {
    writeFileSync(file('self'), `${own}\n`);
    writeFileSync(file(7), 'as it was');
    endAsAnyOther(7, proc);
    expect(readFileSync(file(7), 'latin1')).toBe(expected);
  });

  it('may be gone already', () => {
    writeFileSync(file('self'), '-500\n');
    expect(() => endAsAnyOther(8, proc)).not.toThrow();
  });
});
