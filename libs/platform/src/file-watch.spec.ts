import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from './fake-clock.js';
import { FileWatch } from './file-watch.js';

describe('a watched file', () => {
  let folder: string;
  let path: string;
  let watch: FileWatch;
  let clock: FakeClock;
  let told: string[];
  let faults: unknown[];
  let waiting: (() => void)[];
  let refuse = false;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-watch-'));
    [path, clock, told, faults, waiting, refuse] = [join(folder, 'file'), new FakeClock(), [], [], [], false];
    await writeFile(path, 'one');
    const wake = (): void => waiting.splice(0).forEach((go) => go());
    watch = new FileWatch({
      path,
      onText: (text) => {
        told.push(text);
        wake();
        return refuse ? Promise.reject(new Error('not now')) : Promise.resolve();
      },
      onError: (error) => {
        faults.push(error);
        wake();
      },
      clock,
    });
  });
  afterEach(async () => {
    await watch.stop();
    await rm(folder, { recursive: true });
  });

  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const replace = async (text: string): Promise<void> => {
    await writeFile(join(folder, 'draft'), text);
    await rename(join(folder, 'draft'), path);
  };

  it('tells each text that it gets, once, and not the one that was known', async () => {
    watch.start('one');
    await replace('two');
    await until(() => told.includes('two'));
    await replace('three');
    await until(() => told.includes('three'));
    expect(told).toEqual(['two', 'three']);
  });

  it('tells a text again that could not be taken in, and is not ended by a file that is away', async () => {
    refuse = true;
    watch.start('one');
    await replace('two');
    await until(() => faults.length > 0);
    refuse = false;
    await rm(path);
    await until(() => faults.some((fault) => String(fault).includes('ENOENT')));
    await replace('two');
    await until(() => told.filter((text) => text === 'two').length > 1);
    await watch.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is looked at now and then, whether somebody told of a change or not', async () => {
    watch.start('other');
    await until(() => told.includes('one'));
    expect(clock.pendingTimers).toBe(1);
    await clock.advanceAsync(30_000);
    expect(clock.pendingTimers).toBe(1);
    expect(told).toEqual(['one']);
  });
});
