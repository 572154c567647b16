import { readFileSync } from 'node:fs';
import { availableParallelism, freemem, loadavg } from 'node:os';
import type { Load } from '@klevr/contracts/presence';
import type { z } from 'zod';

/** How busy the host is: runnable processes a processor over the last minute, memory that a new process could have. */
export const currentLoad = (runs: number): z.output<typeof Load> => ({
  cpu: Math.round(((loadavg()[0] ?? 0) / availableParallelism()) * 1000) / 1000,
  freeMemoryBytes: availableMemory(),
  runs,
});

/** Memory in the page cache counts as free, which `os.freemem` of older kernels does not know. */
const availableMemory = (): number => {
  try {
    const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
    return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
  } catch {
    return freemem();
  }
};
