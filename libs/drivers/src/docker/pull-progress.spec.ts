import { describe, expect, it } from '@jest/globals';
import { PullProgress } from './pull-progress.js';

describe('word of a pull', () => {
  it('comes every few seconds, and sums the layers up', () => {
    const said: string[] = [];
    let nowMs = 0;
    const progress = new PullProgress(
      'web:1',
      (line) => said.push(line),
      () => nowMs,
    );
    progress.hear({ id: 'one', status: 'Pull complete', progressDetail: {} });
    for (nowMs = 0; nowMs < 12_000; nowMs += 100)
      progress.hear({ id: 'two', status: 'Downloading', progressDetail: { current: nowMs * 100, total: 2 * 2 ** 20 } });
    progress.hear({ status: 'no layer' });
    expect(said).toEqual([
      'pulling web:1',
      'pulling web:1: 1 of 2 layers, 0.5 of 2.0 MiB under way',
      'pulling web:1: 1 of 2 layers, 1.0 of 2.0 MiB under way',
    ]);
  });
});
