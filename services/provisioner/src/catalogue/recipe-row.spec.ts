import { describe, expect, it } from '@jest/globals';
import { newest, newestFirst } from './recipe-row.js';

const row = (version: string, gone = false, at = 0) => ({ version, goneAt: gone ? new Date(1) : null, syncedAt: new Date(at) });

describe('versions of a recipe', () => {
  it('are ordered as semantic versions, the newest first', () => {
    const versions = ['1.2.0', '1.10.0', '1.10.0-rc.1', '1.10.0-rc.10', '1.10.0-rc.2'].map((version) => row(version));
    expect(newestFirst(versions).map(({ version }) => version)).toEqual(['1.10.0', '1.10.0-rc.10', '1.10.0-rc.2', '1.10.0-rc.1', '1.2.0']);
  });

  it('that are the same are ordered by what the source has now, then by time', () => {
    const [old, older, now] = [row('1.0.0', true, 5), row('1.0.0', true, 3), row('1.0.0', false, 4)];
    expect(newestFirst([older, old, now])).toEqual([now, old, older]);
  });

  it('where none is named, mean the newest that the source has, and a pre-release only if there is nothing else', () => {
    expect(newest([row('1.0.0'), row('2.0.0-rc.1'), row('3.0.0', true)])?.version).toBe('1.0.0');
    expect(newest([row('2.0.0-rc.1'), row('1.0.0', true)])?.version).toBe('2.0.0-rc.1');
    expect(newest([row('1.0.0', true), row('0.9.0', true)])?.version).toBe('1.0.0');
    expect(newest([])).toBeUndefined();
  });
});
