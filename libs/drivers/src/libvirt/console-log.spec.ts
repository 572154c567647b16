import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { carryOutChange, type Bench } from './carry-out.js';

describe('a machine that goes', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'klevr-console-'))));
  afterEach(() => rm(folder, { recursive: true }));
  const isThere = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    );

  it("takes its own console's log with it, and no other file that its description names", async () => {
    const leftBy = async (name: string): Promise<boolean> => {
      const consoleLog = join(folder, name);
      await writeFile(consoleLog, 'kept');
      const machine = { part: 'domain/vm', ref: {}, snapshots: [], kept: { consoleLog } };
      const done = (): Promise<void> => Promise.resolve();
      const bench = {
        ...{ hypervisor: { domains: { undefine: done } }, power: { down: done }, wish: { machines: [] } },
        ...{ work: { resource: { id: 'res_01' }, signal: new AbortController().signal, say: () => undefined } },
        present: () => Promise.resolve({ machines: [machine] }),
      } as unknown as Bench;
      await carryOutChange(bench, { part: 'domain/vm', action: 'delete', fields: [] });
      return isThere(consoleLog);
    };
    expect(await leftBy('klevr-res_01-vm.log')).toBe(false);
    expect(await leftBy('passwd')).toBe(true);
  });
});
