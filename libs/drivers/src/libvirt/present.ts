import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import { isLibvirtError } from '@klevr/libvirt/libvirt-error';
import type { DomainState } from '@klevr/libvirt/domains';
import type { DomainRef, NamedRef, VolumeRef } from '@klevr/libvirt/procedures';
import { type MachineFacts, readMachine } from './machine-facts.js';
import { type NetworkFacts, readNetwork } from './network-facts.js';
import { type Mark, metadataUri, ownVolume, readMark, snapshotPrefix, type VolumeKind, volumePart } from './ownership.js';
import { poolFolderOf, readVolume, type VolumeFacts } from './volume-facts.js';
import { readXml } from './xml.js';

/** What libvirt has of a resource now. */
export interface PresentMachine {
  readonly part: string;
  readonly ref: DomainRef;
  readonly mark: Mark | undefined;
  readonly state: DomainState;
  readonly persistent: boolean;
  readonly autostart: boolean;
  readonly kept: MachineFacts;
  /** As it runs; undefined where it does not. */
  readonly running: MachineFacts | undefined;
  /** Those of this driver, by the names that a section has. */
  readonly snapshots: readonly string[];
}
export interface PresentVolume {
  readonly part: string;
  readonly kind: VolumeKind;
  readonly key: string;
  readonly ref: VolumeRef;
  readonly facts: VolumeFacts;
  /** False where what should be in it did not come whole. */
  readonly whole: boolean;
}
export interface PresentNetwork {
  readonly part: string;
  readonly ref: NamedRef;
  readonly marked: boolean;
  readonly facts: NetworkFacts;
  readonly active: boolean;
  readonly autostart: boolean;
}
export interface Present {
  readonly machines: readonly PresentMachine[];
  readonly volumes: readonly PresentVolume[];
  readonly networks: readonly PresentNetwork[];
}

/** UUIDs of what the section names: its own although somebody took the mark away. */
export type OwnUuids = ReadonlyMap<string, string>;

export const readPresent = async (hypervisor: Hypervisor, resourceId: string, own: OwnUuids): Promise<Present> => ({
  machines: await readMachines(hypervisor, resourceId, own),
  volumes: await readVolumes(hypervisor, resourceId),
  networks: await readNetworks(hypervisor, resourceId, own),
});

const readMachines = async (hypervisor: Hypervisor, resourceId: string, own: OwnUuids): Promise<PresentMachine[]> => {
  const all = await hypervisor.domains.list();
  const found = await Promise.all(
    all.map(async (ref) => {
      const mark = await markOf(hypervisor, ref);
      const part = own.get(ref.uuid) ?? (mark?.resourceId === resourceId ? mark.part : undefined);
      return part === undefined ? undefined : unlessGone(readDomain(hypervisor, { ref, mark, part }));
    }),
  );
  return found.filter((machine) => machine !== undefined);
};

export const markOf = async (hypervisor: Hypervisor, ref: DomainRef): Promise<Mark | undefined> => {
  const element = await hypervisor.domains.metadata(ref, metadataUri);
  return element === undefined ? undefined : readMark(element);
};

const readDomain = async (
  { domains }: Hypervisor,
  { ref, mark, part }: { ref: DomainRef; mark: Mark | undefined; part: string },
): Promise<PresentMachine> => {
  const state = await domains.state(ref);
  const kept = readMachine(await domains.xml(ref, 'kept'));
  const snapshots = await domains.snapshots(ref);
  return {
    ...{ part, ref, mark, state, kept },
    persistent: await domains.isPersistent(ref),
    autostart: await domains.autostart(ref).catch(() => false),
    running: isOff(state) ? undefined : readMachine(await domains.xml(ref, 'running')),
    snapshots: snapshots.filter(({ name }) => name.startsWith(snapshotPrefix)).map(({ name }) => name.slice(snapshotPrefix.length)),
  };
};

export const isOff = (state: DomainState): boolean => state === 'shut off' || state === 'crashed' || state === 'no state';

const readVolumes = async (hypervisor: Hypervisor, resourceId: string): Promise<PresentVolume[]> => {
  const { storage } = hypervisor;
  const found: PresentVolume[] = [];
  for (const { ref, kind, name } of await ownVolumes(hypervisor, resourceId)) {
    const xml = await unlessGone(storage.volumeXml(ref));
    if (xml === undefined) continue;
    const whole = kind === 'data' || kind === 'disk' ? true : await hasHead(storage, ref);
    found.push({ part: volumePart(kind, name), kind, key: name, ref, facts: readVolume(xml), whole });
  }
  return found;
};

/** In whatever pool they are. */
export const ownVolumes = async (
  { storage }: Hypervisor,
  resourceId: string,
): Promise<{ readonly ref: VolumeRef; readonly kind: VolumeKind; readonly name: string }[]> => {
  const found: VolumeRef[] = [];
  for (const pool of await storage.pools()) {
    // One that is stopped shows nothing; volumes of a pool that vanished meanwhile are gone with it.
    const volumes = await storage.volumes(pool).catch((error: unknown) => {
      if (isLibvirtError(error, 'operationInvalid', 'noStoragePool')) return [];
      throw error;
    });
    found.push(...volumes);
  }
  return found.flatMap((ref) => {
    const own = ownVolume(resourceId, ref.name);
    return own === undefined ? [] : [{ ref, ...own }];
  });
};

/** The first bytes of a volume's content are written after all others: where they are, all is. */
export const headBytes = 512;
const hasHead = async (storage: Hypervisor['storage'], ref: VolumeRef): Promise<boolean> => {
  try {
    return (await storage.download(ref, { offset: 0, length: headBytes })).some((byte) => byte !== 0);
  } catch (error) {
    if (isLibvirtError(error, 'noSupport')) return true;
    throw error;
  }
};

const readNetworks = async (hypervisor: Hypervisor, resourceId: string, own: OwnUuids): Promise<PresentNetwork[]> => {
  const { networks } = hypervisor;
  const all = await networks.list().catch((error: unknown) => {
    if (isLibvirtError(error, 'noSupport')) return [];
    throw error;
  });
  const found = await Promise.all(
    all.map(async (ref) => {
      const xml = await unlessGone(networks.xml(ref));
      if (xml === undefined) return undefined;
      const mark = readXml(xml).find('metadata/resource');
      const marked = mark?.attribute('@id') === resourceId;
      const part = own.get(ref.uuid) ?? (marked ? mark?.attribute('@part') : undefined);
      if (part === undefined) return undefined;
      const [active, autostart] = await Promise.all([networks.isActive(ref), networks.autostart(ref)]);
      return { part, ref, marked, active, autostart, facts: readNetwork(xml) };
    }),
  );
  return found.filter((network) => network !== undefined);
};

/** What is taken away while it is looked at is not there. */
const unlessGone = async <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isLibvirtError(error, 'noDomain', 'noNetwork', 'noStorageVolume')) return undefined;
    throw error;
  });

/** Folders of the pools that are there. */
export const poolFolders = async ({ storage }: Hypervisor): Promise<ReadonlyMap<string, string>> => {
  const pools = await storage.pools();
  return new Map(await Promise.all(pools.map(async (pool) => [pool.name, poolFolderOf(await storage.poolXml(pool))] as const)));
};
