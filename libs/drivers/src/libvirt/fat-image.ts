/**
 * A small FAT16 file system in memory, with long names and a label: what cloud-init's NoCloud looks for, written without any tool of the system.
 * Promises: the same files give the same bytes; names of up to 255 characters of ASCII in one flat folder. Does not: fragment, sub-folders, times, more than
 * about 7 MiB.
 */
export interface FatFile {
  readonly name: string;
  readonly data: Buffer;
}

const SECTOR = 512;
const SECTORS_PER_CLUSTER = 1;
const CLUSTER = SECTOR * SECTORS_PER_CLUSTER;
const ROOT_ENTRIES = 512;
const ROOT_SECTORS = (ROOT_ENTRIES * 32) / SECTOR;
/** Between what readers take for FAT12 and for FAT32. */
const MIN_CLUSTERS = 4_200;
const MAX_CLUSTERS = 16_000;
const END_OF_CHAIN = 0xffff;
const MEDIA = 0xf8;

export const fatImage = (label: string, files: readonly FatFile[]): Buffer => {
  const needed = files.map(({ data }) => Math.max(1, Math.ceil(data.length / CLUSTER)));
  const clusters = Math.max(
    MIN_CLUSTERS,
    needed.reduce((sum, count) => sum + count, 0),
  );
  if (clusters > MAX_CLUSTERS) throw new Error(`the files are too large for a seed: ${clusters} clusters of ${CLUSTER} bytes`);
  const fatSectors = Math.ceil(((clusters + 2) * 2) / SECTOR);
  const rootAt = (1 + fatSectors * 2) * SECTOR;
  const dataAt = rootAt + ROOT_SECTORS * SECTOR;
  const image = Buffer.alloc(dataAt + clusters * CLUSTER);
  bootSector(label, image.length / SECTOR, fatSectors).copy(image);
  const fat = Buffer.alloc(fatSectors * SECTOR);
  fat.writeUInt16LE(0xff00 | MEDIA, 0);
  fat.writeUInt16LE(END_OF_CHAIN, 2);
  const entries: Buffer[] = [entry(shortLabel(label), 0x08, 0, 0)];
  let cluster = 2;
  files.forEach(({ name, data }, index) => {
    const count = needed[index] ?? 1;
    for (let at = cluster; at < cluster + count; at += 1) fat.writeUInt16LE(at + 1 < cluster + count ? at + 1 : END_OF_CHAIN, at * 2);
    data.copy(image, dataAt + (cluster - 2) * CLUSTER);
    const short = shortName(index);
    entries.push(...longNameEntries(name, short), entry(short, 0x20, cluster, data.length));
    cluster += count;
  });
  const folder = Buffer.concat(entries);
  if (folder.length > ROOT_SECTORS * SECTOR) throw new Error('too many files for a seed');
  fat.copy(image, SECTOR);
  fat.copy(image, SECTOR + fat.length);
  folder.copy(image, rootAt);
  return image;
};

const shortLabel = (label: string): Buffer => Buffer.from(label.toUpperCase().padEnd(11).slice(0, 11), 'latin1');

/** Nobody reads it, as every file has its long name. */
const shortName = (index: number): Buffer => Buffer.from(`KLEVR${String(index).padStart(3, '0')}   `, 'latin1');

const bootSector = (label: string, sectors: number, fatSectors: number): Buffer => {
  const boot = Buffer.alloc(SECTOR);
  boot.write('\xeb\x3c\x90KLEVR   ', 0, 'latin1');
  boot.writeUInt16LE(SECTOR, 11);
  boot.writeUInt8(SECTORS_PER_CLUSTER, 13);
  boot.writeUInt16LE(1, 14);
  boot.writeUInt8(2, 16);
  boot.writeUInt16LE(ROOT_ENTRIES, 17);
  boot.writeUInt16LE(sectors < 65_536 ? sectors : 0, 19);
  boot.writeUInt8(MEDIA, 21);
  boot.writeUInt16LE(fatSectors, 22);
  boot.writeUInt16LE(32, 24);
  boot.writeUInt16LE(64, 26);
  boot.writeUInt32LE(sectors < 65_536 ? 0 : sectors, 32);
  boot.writeUInt8(0x80, 36);
  boot.writeUInt8(0x29, 38);
  boot.writeUInt32LE(0x4b4c4556, 39);
  shortLabel(label).copy(boot, 43);
  boot.write('FAT16   ', 54, 'latin1');
  boot.writeUInt16LE(0xaa55, 510);
  return boot;
};

const entry = (name: Buffer, attributes: number, cluster: number, bytes: number): Buffer => {
  const record = Buffer.alloc(32);
  name.copy(record);
  record.writeUInt8(attributes, 11);
  // 1 January 1980: a date that is none is refused by some.
  record.writeUInt16LE(0x21, 24);
  record.writeUInt16LE(cluster, 26);
  record.writeUInt32LE(bytes, 28);
  return record;
};

const LONG_NAME_PIECE = 13;
/** Where the 13 characters of a piece stand in its record. */
const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/** Pieces of the name, the last one first, as the format wants it. */
const longNameEntries = (name: string, short: Buffer): Buffer[] => {
  let sum = 0;
  for (const byte of short) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  const count = Math.ceil((name.length + 1) / LONG_NAME_PIECE);
  const pieces = Array.from({ length: count }, (_, index) => {
    const record = Buffer.alloc(32);
    record.writeUInt8(index === count - 1 ? 0x40 | (index + 1) : index + 1, 0);
    record.writeUInt8(0x0f, 11);
    record.writeUInt8(sum, 13);
    places.forEach((place, at) => {
      const position = index * LONG_NAME_PIECE + at;
      record.writeUInt16LE(position < name.length ? name.charCodeAt(position) : position === name.length ? 0 : 0xffff, place);
    });
    return record;
  });
  return pieces.reverse();
};
