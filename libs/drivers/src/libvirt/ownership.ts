import { createHash } from 'node:crypto';
import { element, readXml } from './xml.js';

/**
 * How things at libvirt are known to be of a resource. Machines and networks carry the resource's id in their metadata, and have a UUID that follows from it;
 * volumes have no metadata and carry it in their name.
 */
export const metadataUri = 'urn:klevr:libvirt:1';

export interface Mark {
  readonly resourceId: string;
  readonly part: string;
  /** The last request to go back to a snapshot that was carried out. */
  readonly reverted: string | undefined;
}

export const markElement = ({ resourceId, part, reverted }: Mark): string =>
  element('klevr:resource', { 'xmlns:klevr': metadataUri, id: resourceId, part, reverted });

/** Of an element as libvirt gives it. */
export const readMark = (xml: string): Mark | undefined => {
  const root = readXml(xml);
  const resourceId = root.attribute('@id');
  const part = root.attribute('@part');
  return resourceId === undefined || part === undefined ? undefined : { resourceId, part, reverted: root.attribute('@reverted') };
};

export const digestOf = (...texts: readonly string[]): string => createHash('sha256').update(JSON.stringify(texts)).digest('hex');

/** The same for the same part of the same resource: so a machine is found again although nobody remembers it. */
export const uuidOf = (resourceId: string, part: string): string => {
  const hex = digestOf('uuid', resourceId, part);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** In QEMU's own range; the same as long as the place is. */
export const macOf = (resourceId: string, machine: string, index: number): string => {
  const hex = digestOf('mac', resourceId, machine, String(index));
  return `52:54:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
};

export const consoleLogName = (resourceId: string, machine: string): string => `klevr-${resourceId}-${machine}.log`;

export const volumeKinds = ['data', 'disk', 'image', 'file', 'seed'] as const;
export type VolumeKind = (typeof volumeKinds)[number];

const prefixOf = (resourceId: string): string => `klevr.${resourceId}.`;
export const volumeName = (resourceId: string, kind: VolumeKind, name: string): string => `${prefixOf(resourceId)}${kind}.${name}`;

/** What a volume of this resource is; undefined for one of somebody else. */
export const ownVolume = (resourceId: string, name: string): { readonly kind: VolumeKind; readonly name: string } | undefined => {
  const prefix = prefixOf(resourceId);
  if (!name.startsWith(prefix)) return undefined;
  const rest = name.slice(prefix.length);
  const kind = volumeKinds.find((one) => rest.startsWith(`${one}.`));
  return kind === undefined ? undefined : { kind, name: rest.slice(kind.length + 1) };
};

/** Parts of plans: `volume/data`, `disk/vm-root.1f2e3d4c`. */
export const volumePart = (kind: VolumeKind, name: string): string => `${kind === 'data' ? 'volume' : kind}/${name}`;

/** Ours among the snapshots of a machine; all others are left alone. */
export const snapshotPrefix = 'klevr-';
