import { Secret } from '@klevr/recipes/secret';
import { z } from 'zod';
import type { SectionFault } from '../read-section.js';

/** The section of a recipe for libvirt: machines, the networks between them, and volumes whose data outlives them. */
const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, 'must be 1 to 32 lower-case letters, digits and inner hyphens');
const hostPath = z
  .string()
  .max(1024)
  .regex(/^\/[^\0\n]+$/, "must be an absolute path on libvirt's host");
const recipeFile = z.string().min(1).max(255);
const libvirtName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^/\0\n]+$/, 'must be a name as libvirt has it');
const gibibytes = z.number().gt(0).max(65_536);
const format = z.enum(['qcow2', 'raw']);
const source = z.union([z.strictObject({ file: hostPath }), z.strictObject({ recipeFile })], {
  error: "must be one of {file: path on libvirt's host}, {recipeFile: path in the recipe}",
});

/** A template whose parameter was not given leaves an object without its file: that is none. */
const orNone = <T extends z.ZodType>(type: T) =>
  z
    .preprocess((value) => {
      const named = typeof value !== 'object' || value === null || ['file', 'recipeFile', 'volume'].some((key) => key in value);
      return named || Object.keys(value).some((key) => !['format', 'copy'].includes(key)) ? value : undefined;
    }, type.optional())
    .optional();

const Image = z.union(
  [
    z.strictObject({
      file: hostPath,
      format: format.default('qcow2'),
      copy: z.boolean().default(false).describe('into the pool, so that the file may go; the worker must be able to read it'),
    }),
    z.strictObject({ recipeFile, format: format.default('qcow2') }),
    z.strictObject({
      volume: libvirtName,
      pool: libvirtName.optional(),
      format: format.default('qcow2'),
      copy: z.boolean().default(false).describe('a whole copy, not one that goes on using it'),
    }),
  ],
  { error: 'must be one of {file, format, copy}, {recipeFile, format}, {volume, pool, format, copy}' },
);
export type Image = z.infer<typeof Image>;

const Disk = z.union(
  [
    z
      .strictObject({ name, image: orNone(Image), sizeGiB: gibibytes.optional() })
      .refine(({ image, sizeGiB }) => image !== undefined || sizeGiB !== undefined, 'needs an image or a size')
      .describe('goes with its machine; another image makes another disk'),
    z.strictObject({ volume: name }).describe('one of `volumes`'),
    z
      .strictObject({ existing: libvirtName, pool: libvirtName.optional(), format: format.default('qcow2') })
      .describe('a volume that is not of this resource, and stays as it is'),
  ],
  { error: 'must be one of {name, image, sizeGiB}, {volume}, {existing, pool, format}' },
);
export type Disk = z.infer<typeof Disk>;

const Nic = z.union(
  [
    z.strictObject({ network: name }).describe('one of `networks`'),
    z.strictObject({ libvirtNetwork: libvirtName }).describe('a network that is there'),
    z.strictObject({ bridge: z.string().regex(/^[A-Za-z0-9_.-]{1,15}$/) }),
    z.strictObject({ user: z.literal(true) }).describe("QEMU's own: outgoing only, needs no rights"),
  ],
  { error: 'must be one of {network}, {libvirtNetwork}, {bridge}, {user: true}' },
);
export type Nic = z.infer<typeof Nic>;

const seedText = z.union([z.string().max(1_048_576), z.instanceof(Secret), z.strictObject({ file: recipeFile })]);
export type SeedText = z.infer<typeof seedText>;

const Machine = z.strictObject({
  domainName: libvirtName.optional().describe('klevr-<resource>-<machine> if not given'),
  memoryMiB: z.number().int().min(8).max(16_777_216),
  vcpus: z.number().int().min(1).max(4_096).default(1),
  cpu: z.enum(['default', 'host']).default('default').describe('host: all that the host has, where it helps'),
  boot: z
    .union([z.literal('disk'), z.strictObject({ kernel: source, initrd: orNone(source), cmdline: z.string().max(2048).default('') })])
    .default('disk'),
  disks: z.array(Disk).max(24).default([]),
  networks: z.array(Nic).max(16).default([]),
  cloudInit: z
    .strictObject({ userData: seedText, metaData: seedText.optional(), networkConfig: seedText.optional() })
    .optional()
    .describe('for cloud-init, as a disk (NoCloud); another content is another instance to it'),
  autostart: z.boolean().default(true),
  state: z.enum(['running', 'stopped']).default('running'),
  shutdownSeconds: z.number().min(0).max(3_600).default(60).describe('for going down by itself, before it is switched off'),
  snapshots: z.array(name).max(32).default([]).describe('are made where they are missing; those taken out of the list are deleted'),
  revert: z
    .strictObject({ to: name, token: z.string().min(1).max(64) })
    .optional()
    .describe('goes back to a snapshot, once for each token'),
});
export type Machine = z.infer<typeof Machine>;

const cidr = z.string().regex(/^(\d{1,3}\.){3}\d{1,3}\/([1-9]|[12]\d|30)$/, 'must be an address with its prefix such as 192.168.150.1/24');
const Network = z.strictObject({
  mode: z.enum(['nat', 'route', 'isolated']).default('nat'),
  address: cidr.describe("the host's own in it"),
  dhcp: z.strictObject({ from: z.ipv4(), to: z.ipv4() }).optional(),
  autostart: z.boolean().default(true),
});
export type Network = z.infer<typeof Network>;

const Sections = z.strictObject({
  pool: libvirtName.default('klevr').describe('storage pool for all that is made here; a folder is made for it where it is not there'),
  networks: z.record(name, Network).default({}),
  volumes: z
    .record(name, z.strictObject({ sizeGiB: gibibytes, format: format.default('qcow2') }))
    .default({})
    .describe('hold data: they stay when the resource goes, unless data is to go as well'),
  machines: z.record(name, Machine),
});
export type LibvirtSpec = z.infer<typeof Sections>;

export const LibvirtSpec = Sections.superRefine((spec, context) => {
  for (const { path, message } of crossFaults(spec)) context.addIssue({ code: 'custom', path: path.split('.'), message });
});

/** Machines name volumes, networks and their own snapshots. */
const crossFaults = (spec: LibvirtSpec): SectionFault[] => {
  const faults: SectionFault[] = [];
  for (const [machine, { disks, networks, revert, snapshots }] of Object.entries(spec.machines)) {
    const names = disks.map(diskName);
    disks.forEach((disk, index) => {
      const path = `machines.${machine}.disks.${index}`;
      if ('volume' in disk && spec.volumes[disk.volume] === undefined) faults.push({ path, message: `there is no volume ${disk.volume}` });
      if (names.indexOf(diskName(disk)) < index) faults.push({ path, message: `there is another ${diskName(disk)}` });
    });
    networks.forEach((nic, index) => {
      if ('network' in nic && spec.networks[nic.network] === undefined)
        faults.push({ path: `machines.${machine}.networks.${index}`, message: `there is no network ${nic.network}` });
    });
    if (revert !== undefined && !snapshots.includes(revert.to))
      faults.push({ path: `machines.${machine}.revert.to`, message: `is not one of the machine's snapshots` });
  }
  for (const volume of Object.keys(spec.volumes)) {
    const users = Object.values(spec.machines).filter(({ disks }) => disks.some((disk) => 'volume' in disk && disk.volume === volume));
    if (users.length > 1) faults.push({ path: `volumes.${volume}`, message: 'is a disk of more than one machine' });
  }
  return faults;
};

const diskName = (disk: Disk): string =>
  'name' in disk ? disk.name : 'volume' in disk ? disk.volume : `${disk.pool ?? ''}/${disk.existing}`;
