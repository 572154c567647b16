import { KlevrSystem, type KlevrSystemOptions } from '../klevr-system.js';
import { TestBed } from '../test-bed.js';

/** A whole Klevr for one test file, on an account and a database of its own. */
export interface SystemBed {
  readonly bed: TestBed;
  readonly system: KlevrSystem;
  close(): Promise<void>;
}

export const openSystemBed = async (options: Omit<KlevrSystemOptions, 'servers' | 'folder'> = {}): Promise<SystemBed> => {
  const bed = await TestBed.open();
  const system = await KlevrSystem.start({ ...options, servers: bed, folder: bed.folder }).catch(async (error: unknown) => {
    await bed.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    await system.stop();
    await bed.close();
  };
  return { bed, system, close };
};
