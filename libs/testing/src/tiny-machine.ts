/**
 * What a virtual machine of a test boots: Debian's cloud kernel and a file system in memory of busybox, some modules of that kernel and one script. It is there in
 * a few seconds without hardware virtualisation.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPrograms } from './debian-programs.js';

const kernelParts = {
  name: 'cloud-kernel',
  programs: ['busybox'],
  packages: ['linux-image-cloud-amd64', 'busybox-static'],
  installed: false,
} as const;

/** For disks, and for the file system of a cloud-init seed. In the order in which they need one another. */
const modules = [
  ...['virtio_ring', 'virtio', 'virtio_pci_modern_dev', 'virtio_pci_legacy_dev', 'virtio_pci'].map((name) => `drivers/virtio/${name}`),
  ...['drivers/block/virtio_blk', 'fs/fat/fat', 'fs/fat/vfat', 'fs/nls/nls_ascii', 'fs/nls/nls_utf8', 'fs/nls/nls_cp437'],
];

export interface TinyMachine {
  readonly kernel: string;
  readonly initrd: string;
}

/** Writes both into the folder. The script runs as the first process, with busybox's commands in /bin, and /proc, /sys and /dev in place. */
export const makeTinyMachine = async (folder: string, script: string): Promise<TinyMachine> => {
  const { paths, root } = await findPrograms(kernelParts);
  if (root === undefined || paths.busybox === undefined) throw new Error('the kernel of the tests was not extracted');
  const versions = await readdir(join(root, 'lib/modules'));
  const [version] = versions;
  if (version === undefined) throw new Error('the kernel package has no modules');
  const kernel = join(folder, 'vmlinuz');
  await writeFile(kernel, await readFile(join(root, `boot/vmlinuz-${version}`)));
  const init = [
    '#!/bin/busybox sh',
    '/bin/busybox --install -s /bin',
    'mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev',
    ...modules.map((module) => `insmod /modules/${module.split('/').at(-1)}.ko`),
    script,
    // The first process must not end.
    'while :; do sleep 3600; done',
  ].join('\n');
  const folders = ['bin', 'modules', 'proc', 'sys', 'dev', 'mnt'].map((path) => ({ path, mode: 0o040755, data: Buffer.alloc(0) }));
  const files = await Promise.all(
    modules.map(async (module) => ({
      path: `modules/${module.split('/').at(-1)}.ko`,
      mode: 0o100644,
      data: await readFile(join(root, `lib/modules/${version}/kernel/${module}.ko`)),
    })),
  );
  const busybox = { path: 'bin/busybox', mode: 0o100755, data: await readFile(paths.busybox) };
  const initrd = join(folder, 'initrd');
  await writeFile(initrd, cpio([...folders, busybox, ...files, { path: 'init', mode: 0o100755, data: Buffer.from(init) }]));
  return { kernel, initrd };
};

interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly data: Buffer;
}

/** An archive in the "new ASCII" format, as the kernel unpacks it. */
const cpio = (entries: readonly Entry[]): Buffer =>
  Buffer.concat(
    [...entries, { path: 'TRAILER!!!', mode: 0, data: Buffer.alloc(0) }].flatMap(({ path, mode, data }, index) => {
      const name = Buffer.from(`${path}\0`);
      const fields = [index + 1, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
      const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
      return [head, name, Buffer.alloc(-(head.length + name.length) & 3), data, Buffer.alloc(-data.length & 3)];
    }),
  );
