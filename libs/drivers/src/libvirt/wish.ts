import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { DriverWork } from '../driver.js';
import { cloudSeed } from './cloud-seed.js';
import type { Disk, Image, LibvirtSpec, Machine, Nic } from './libvirt-spec.js';
import type { MachineFacts } from './machine-facts.js';
import { type NetworkFacts, networkFactsOf } from './network-facts.js';
import { consoleLogName, digestOf, macOf, uuidOf, volumeName, volumePart, type VolumeKind } from './ownership.js';

/** What a section comes to at this libvirt: the networks, volumes and machines that shall be there, each by its name there. Pure but for the recipe's files. */
export interface WishedNetwork {
  readonly part: string;
  readonly key: string;
  readonly uuid: string;
  readonly name: string;
  readonly facts: NetworkFacts;
  readonly autostart: boolean;
}

export interface Content {
  readonly bytes: number;
  pieces(): AsyncIterable<Buffer> | Iterable<Buffer>;
}

export interface WishedVolume {
  readonly part: string;
  readonly key: string;
  readonly kind: VolumeKind;
  readonly name: string;
  readonly path: string;
  readonly format: string;
  readonly capacityBytes: number | undefined;
  readonly backing: { readonly path: string; readonly format: string } | undefined;
  /** What is in it from the start. */
  readonly content: (() => Promise<Content>) | undefined;
  /** It begins as a whole copy of this one. */
  readonly copyOf: { readonly pool: string; readonly volume: string } | undefined;
}

export interface WishedMachine {
  readonly part: string;
  readonly key: string;
  readonly uuid: string;
  readonly name: string;
  /** `virtualisation` is what a new one gets. */
  readonly facts: MachineFacts;
  readonly spec: Machine;
}

export interface Wish {
  readonly networks: readonly WishedNetwork[];
  readonly volumes: readonly WishedVolume[];
  readonly machines: readonly WishedMachine[];
}

export interface Place {
  readonly pool: string;
  /** Of a pool that is there; undefined for one that is not. */
  folderOf(pool: string): string | undefined;
  /** Where the resource's own pool is or will be. */
  readonly poolFolder: string;
  /** Where a volume of the resource is already, by its name: it stays there, whatever the pool is now. */
  pathOf(volume: string): string | undefined;
  readonly consoleFolder: string;
  readonly virtualisation: string;
}

/** Whole MiB, as libvirt and QEMU round anything finer, each in its way. */
const bytesOf = (gibibytes: number): number => Math.ceil(gibibytes * 1024) * 1024 ** 2;

export const wishOf = async (spec: LibvirtSpec, work: DriverWork, place: Place): Promise<Wish> => {
  const { id, name } = work.resource;
  const volumes = new Map<string, WishedVolume>();
  const volume = (kind: VolumeKind, key: string, more: Partial<WishedVolume> & Pick<WishedVolume, 'format'>): WishedVolume => {
    const own = volumeName(id, kind, key);
    const whole: WishedVolume = {
      ...{ part: volumePart(kind, key), key, kind, name: own, path: place.pathOf(own) ?? `${place.poolFolder}/${own}` },
      ...{ capacityBytes: undefined, backing: undefined, content: undefined, copyOf: undefined },
      ...more,
    };
    if (!volumes.has(own)) volumes.set(own, whole);
    return whole;
  };
  const recipeVolume = async (kind: 'image' | 'file', path: string, format: string): Promise<WishedVolume> => {
    const data = await work.files.read(path);
    const content = (): Promise<Content> => Promise.resolve({ bytes: data.length, pieces: () => [data] });
    return volume(kind, digestOf(data.toString('base64')).slice(0, 16), { format, content });
  };
  const pathOf = async (source: { file: string } | { recipeFile: string }): Promise<string> =>
    'file' in source ? source.file : (await recipeVolume('file', source.recipeFile, 'raw')).path;
  const volumeElsewhere = (pool: string | undefined, of: string): string => {
    const folder = pool === undefined || pool === place.pool ? place.poolFolder : place.folderOf(pool);
    if (folder === undefined) throw new Error(`there is no storage pool ${pool}`);
    return `${folder}/${of}`;
  };
  const imaged = async (image: Image): Promise<Pick<WishedVolume, 'backing' | 'copyOf'>> => {
    if ('volume' in image) {
      if (image.copy) return { backing: undefined, copyOf: { pool: image.pool ?? place.pool, volume: image.volume } };
      return { backing: { path: volumeElsewhere(image.pool, image.volume), format: image.format }, copyOf: undefined };
    }
    const base =
      'recipeFile' in image ? await recipeVolume('image', image.recipeFile, image.format) : image.copy ? copied(image) : undefined;
    return { backing: { path: base?.path ?? ('file' in image ? image.file : ''), format: image.format }, copyOf: undefined };
  };
  const copied = ({ file, format }: { file: string; format: string }): WishedVolume =>
    volume('image', digestOf(file).slice(0, 16), {
      format,
      content: async () => ({ bytes: (await stat(file)).size, pieces: () => createReadStream(file, { highWaterMark: 1024 ** 2 }) }),
    });
  const diskOf = async (machine: string, disk: Disk): Promise<MachineFacts['disks'][number]> => {
    if ('existing' in disk) return { path: volumeElsewhere(disk.pool, disk.existing), format: disk.format, readOnly: false };
    if ('volume' in disk) {
      const { sizeGiB = 1, format = 'qcow2' } = spec.volumes[disk.volume] ?? {};
      return { path: volume('data', disk.volume, { format, capacityBytes: bytesOf(sizeGiB) }).path, format, readOnly: false };
    }
    const from = disk.image === undefined ? { backing: undefined, copyOf: undefined } : await imaged(disk.image);
    // Another image is another disk: the old one goes once its machine has left it.
    const key = `${machine}-${disk.name}.${digestOf(JSON.stringify(from)).slice(0, 8)}`;
    const capacityBytes = disk.sizeGiB === undefined ? undefined : bytesOf(disk.sizeGiB);
    return { path: volume('disk', key, { format: 'qcow2', capacityBytes, ...from }).path, format: 'qcow2', readOnly: false };
  };

  for (const [key, { sizeGiB, format }] of Object.entries(spec.volumes)) volume('data', key, { format, capacityBytes: bytesOf(sizeGiB) });
  const networks = Object.entries(spec.networks).map(([key, network]) => {
    const part = `network/${key}`;
    return {
      part,
      key,
      uuid: uuidOf(id, part),
      name: `klevr-${name}-${key}`,
      facts: networkFactsOf(network),
      autostart: network.autostart,
    };
  });
  const machines: WishedMachine[] = [];
  for (const [key, machine] of Object.entries(spec.machines)) {
    const part = `domain/${key}`;
    const domain = machine.domainName ?? `klevr-${name}-${key}`;
    const disks = await inOrder(machine.disks, (disk) => diskOf(key, disk));
    if (machine.cloudInit !== undefined) {
      const seed = await cloudSeed(machine.cloudInit, { files: work.files, resourceId: id, machine: key, hostname: `${name}-${key}` });
      const content = (): Promise<Content> => {
        const image = seed.image();
        return Promise.resolve({ bytes: image.length, pieces: () => [image] });
      };
      disks.push({ path: volume('seed', `${key}.${seed.digest}`, { format: 'raw', content }).path, format: 'raw', readOnly: true });
    }
    const direct = machine.boot === 'disk' ? undefined : machine.boot;
    machines.push({
      ...{ part, key, uuid: uuidOf(id, part), name: domain, spec: machine },
      facts: {
        virtualisation: place.virtualisation,
        memoryKiB: machine.memoryMiB * 1024,
        ...{ vcpus: machine.vcpus, cpu: machine.cpu, disks },
        kernel: direct === undefined ? null : await pathOf(direct.kernel),
        initrd: direct?.initrd === undefined ? null : await pathOf(direct.initrd),
        cmdline: direct === undefined || direct.cmdline === '' ? null : direct.cmdline,
        networks: machine.networks.map((nic, index) => ({ ...nicOf(nic, name), mac: macOf(id, key, index) })),
        consoleLog: `${place.consoleFolder}/${consoleLogName(id, key)}`,
      },
    });
  }
  // Images before the disks that stand on them; data before all.
  const order: readonly VolumeKind[] = ['data', 'image', 'file', 'seed', 'disk'];
  return {
    networks,
    machines,
    volumes: [...volumes.values()].toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind)),
  };
};

const nicOf = (nic: Nic, resourceName: string): { type: string; source: string } => {
  if ('network' in nic) return { type: 'network', source: `klevr-${resourceName}-${nic.network}` };
  if ('libvirtNetwork' in nic) return { type: 'network', source: nic.libvirtNetwork };
  return 'bridge' in nic ? { type: 'bridge', source: nic.bridge } : { type: 'user', source: '' };
};

/** One after the other, as they share what they make. */
const inOrder = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
};
