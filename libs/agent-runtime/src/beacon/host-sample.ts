import { readFile } from 'node:fs/promises';
import type { HostFacts } from '@klevr/contracts/agent';
import { findDisks } from '../host/disks.js';

/** What the kernel says of the host just now. What cannot be read is left out. */
export interface HostSample {
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly memoryBytes: Readonly<Record<string, number>>;
  readonly disks: HostFacts['disks'];
  readonly network: readonly NetworkDevice[];
}

export interface NetworkDevice {
  readonly device: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly errors: number;
}

const maxDevices = 64;
/** `USER_HZ`, which the kernel promises to be this towards user space. */
const ticksPerSecond = 100;

export const sampleHost = async (): Promise<HostSample> => {
  const [stat, meminfo, dev] = await Promise.all(['/proc/stat', '/proc/meminfo', '/proc/net/dev'].map(text));
  return {
    cpuSeconds: cpuSecondsFrom(stat ?? ''),
    memoryBytes: memoryFrom(meminfo ?? ''),
    disks: await findDisks(),
    network: networkFrom(dev ?? '').slice(0, maxDevices),
  };
};

const text = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

const cpuModes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

export const cpuSecondsFrom = (stat: string): Record<string, number> => {
  const ticks = /^cpu\s+(.*)$/m.exec(stat)?.[1]?.split(/\s+/).map(Number) ?? [];
  return Object.fromEntries(cpuModes.flatMap((mode, index) => (ticks[index] === undefined ? [] : [[mode, ticks[index] / ticksPerSecond]])));
};

const memoryKinds = {
  total: 'MemTotal',
  available: 'MemAvailable',
  free: 'MemFree',
  cached: 'Cached',
  swap_total: 'SwapTotal',
  swap_free: 'SwapFree',
};

export const memoryFrom = (meminfo: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(memoryKinds).flatMap(([kind, name]) => {
      const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1];
      return kibibytes === undefined ? [] : [[kind, Number(kibibytes) * 1024]];
    }),
  );

/** The loopback is left out: it says nothing of the network. */
export const networkFrom = (dev: string): NetworkDevice[] =>
  dev.split('\n').flatMap((line) => {
    const [, device, rest = ''] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    const fields = rest.split(/\s+/).map(Number);
    const [receivedBytes, , receiveErrors, , , , , , sentBytes, , sendErrors] = fields;
    if (device === undefined || device === 'lo' || sendErrors === undefined) return [];
    return [{ device, receivedBytes: receivedBytes ?? 0, sentBytes: sentBytes ?? 0, errors: (receiveErrors ?? 0) + sendErrors }];
  });
