import os from 'node:os';
import type { HostFacts } from '@klevr/contracts/agent';
import { foldersOf } from './capabilities.js';
import { findDisks } from './disks.js';
import { machineKindFrom, readSigns } from './machine-kind.js';
import { readText } from './read-text.js';
import { SlowFacts, type SlowPart } from './slow-facts.js';

/** One search path, one memory of what was found on it: several parts of the agent tell of the host. */
const memories = new Map<string, SlowFacts>();

const memoryOf = (path: string): SlowFacts => {
  const memory = memories.get(path) ?? new SlowFacts(path);
  memories.set(path, memory);
  return memory;
};

/** So long the first hello waits for tools that answer at once, as most do. */
const firstWaitMs = 250;

/**
 * What can be told about this host at once. Tools and the cloud are as they were found last; for those that are slow to answer the first time nobody
 * waits (`FactsWatch` tells them later). A part that cannot be read is left out or named unknown, never guessed.
 */
export const collectHostFacts = (path: string): Promise<HostFacts> => collectWith(memoryOf(path).known(firstWaitMs));

/** The same after tools and the cloud were looked at anew; takes some seconds at most. */
export const collectHostFactsAnew = (path: string): Promise<HostFacts> => collectWith(memoryOf(path).search());

/** Folders in which something happens when such facts change. */
export const telltaleFolders = (path: string): string[] => ['/etc', ...foldersOf(path)];

const collectWith = async (slow: Promise<SlowPart>): Promise<HostFacts> => {
  const [release, machineId, bootId, signs, disks, { capabilities, cloud }] = await Promise.all([
    readText('/etc/os-release'),
    readText('/etc/machine-id'),
    readText('/proc/sys/kernel/random/boot_id'),
    readSigns(),
    findDisks(),
    slow,
  ]);
  const distribution = release === undefined ? undefined : /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1];
  const { type, virtualization } = machineKindFrom(signs);
  const processors = os.cpus();
  return {
    user: userName(),
    type,
    hostname: os.hostname(),
    addresses: ownAddresses(),
    os: os.platform(),
    ...(distribution === undefined ? {} : { distribution }),
    kernel: os.release(),
    architecture: os.arch(),
    ...(machineId === undefined || machineId === '' ? {} : { machineId }),
    bootId: bootId ?? 'unknown',
    uptimeSeconds: Math.round(os.uptime()),
    cpu: { count: processors.length, model: processors[0]?.model.trim() ?? 'unknown' },
    memory: { totalBytes: os.totalmem() },
    disks,
    capabilities,
    ...(virtualization === undefined ? {} : { virtualization }),
    ...(cloud === undefined ? {} : { cloud }),
  };
};

/** A user without an entry in the user database has a number alone. */
const userName = (): string => {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
};

const ownAddresses = (): string[] =>
  Object.values(os.networkInterfaces()).flatMap((found) => (found ?? []).filter(({ internal }) => !internal).map(({ address }) => address));
