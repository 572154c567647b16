import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { AppendFile } from './append-file.js';
import { decodeLines } from './line-codec.js';
import { MemoryDisk } from './memory-disk.fixture.js';

describe('an append-only file', () => {
  let folder: string;
  let path: string;
  const clock = new FakeClock();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-append-'));
    path = join(folder, 'file');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const recordsOf = async (): Promise<unknown[]> => decodeLines(await readFile(path)).records;
  const onDisk = async (): Promise<{ file: AppendFile; disk: MemoryDisk }> => {
    const disk = new MemoryDisk();
    const { file } = await AppendFile.open({ path, clock, openHandle: () => Promise.resolve(disk.handle) });
    return { file, disk };
  };

  it('is read back by the next that opens it', async () => {
    const { file } = await AppendFile.open({ path, clock });
    await Promise.all([file.append({ a: 1 }), file.appendAll([{ b: 2 }, { c: 3 }])]);
    file.later({ d: 4 });
    await file.close();
    const again = await AppendFile.open({ path, clock });
    expect(again.records).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }, { d: 4 }]);
    await again.file.close();
  });

  it('goes on behind the last whole record after a torn write', async () => {
    const { file } = await AppendFile.open({ path, clock });
    await file.append({ a: 1 });
    await file.append({ b: 2 });
    await file.close();
    await truncate(path, (await readFile(path)).length - 3);
    const again = await AppendFile.open({ path, clock });
    await again.file.append({ c: 3 });
    await again.file.close();
    expect(await recordsOf()).toEqual([{ a: 1 }, { c: 3 }]);
  });

  it('writes what arrives together with one sync', async () => {
    const { file, disk } = await onDisk();
    await Promise.all(Array.from({ length: 100 }, (_, number) => file.append({ number })));
    expect(disk.syncs).toBe(1);
    expect(decodeLines(disk.bytes).records).toHaveLength(100);
  });

  it('writes by itself, a little later, what nobody waits for, and sooner with what somebody does', async () => {
    const { file, disk } = await onDisk();
    void file.within(150, { a: 1 });
    clock.advance(149);
    await file.settled();
    expect(disk.syncs).toBe(0);
    clock.advance(1);
    await file.settled();
    expect(disk.syncs).toBe(1);
    void file.within(150, { b: 2 });
    await file.append({ c: 3 });
    expect(decodeLines(disk.bytes).records).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    expect(disk.syncs).toBe(2);
  });

  it('takes a record that is added in the very moment in which a write has ended', async () => {
    const { file, disk } = await onDisk();
    for (let number = 0; number < 20; number += 1) await file.append({ number });
    await Promise.all([file.append({ last: 1 }).then(() => file.append({ last: 2 })), file.settled()]);
    expect(decodeLines(disk.bytes).records).toHaveLength(22);
  });

  it('refuses on a full disk what may be refused, leaves no torn record, and writes the rest when there is room', async () => {
    const { file, disk } = await onDisk();
    await file.append({ a: 1 });
    disk.room = disk.bytes.length + 10;
    let kept = false;
    const refused = file.append({ refused: true });
    const keeping = file.keep({ kept: true }).then(() => (kept = true));
    await expect(refused).rejects.toThrow('no space left');
    await file.settled();
    expect([kept, clock.pendingTimers]).toEqual([false, 1]);
    disk.room = Infinity;
    await clock.advanceAsync(1_000);
    await keeping;
    expect(decodeLines(disk.bytes)).toMatchObject({ records: [{ a: 1 }, { kept: true }], damaged: false });
  });

  it('has nothing of a refused write behind a shorter one that follows it', async () => {
    const { file, disk } = await onDisk();
    await file.append({ a: 1 });
    disk.room = disk.bytes.length + 200;
    await expect(file.appendAll([{ b: 'x'.repeat(50) }, { c: 'y'.repeat(20) }, { d: 'z'.repeat(200) }])).rejects.toThrow('no space left');
    await file.append({ e: 5 });
    expect(decodeLines(disk.bytes)).toMatchObject({ records: [{ a: 1 }, { e: 5 }], damaged: false });
  });

  it('has the new content after it was rewritten, and takes what was added meanwhile', async () => {
    const { file } = await AppendFile.open({ path, clock });
    await file.append({ old: true });
    file.rewrite(() => [{ fresh: true }]);
    await file.append({ next: true });
    await file.close();
    expect(await recordsOf()).toEqual([{ fresh: true }, { next: true }]);
  });

  it('keeps the old content where the new one cannot be written', async () => {
    const disks = [new MemoryDisk(), new MemoryDisk()];
    const [first, second] = disks;
    let opened = 0;
    const { file } = await AppendFile.open({
      path,
      clock,
      openHandle: () => Promise.resolve((disks[opened++] ?? new MemoryDisk()).handle),
    });
    await file.append({ old: true });
    if (second !== undefined) second.room = 0;
    file.rewrite(() => [{ fresh: true }]);
    await file.append({ next: true });
    expect(decodeLines(first?.bytes ?? Buffer.alloc(0)).records).toEqual([{ old: true }, { next: true }]);
  });
});
