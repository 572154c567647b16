import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fatImage, type FatFile } from './fat-image.js';

/** Reads the image as the format's description says, not as the writer thinks. */
const readFat = (image: Buffer): { label: string; files: FatFile[] } => {
  const sector = image.readUInt16LE(11);
  const cluster = sector * image.readUInt8(13);
  const fatAt = image.readUInt16LE(14) * sector;
  const fatBytes = image.readUInt16LE(22) * sector;
  const rootAt = fatAt + image.readUInt8(16) * fatBytes;
  const rootBytes = image.readUInt16LE(17) * 32;
  const dataAt = rootAt + rootBytes;
  const files: FatFile[] = [];
  let name = '';
  for (let at = rootAt; at < rootAt + rootBytes && image[at] !== 0; at += 32) {
    const record = image.subarray(at, at + 32);
    if (record[11] === 0x0f) {
      const units = [...record.subarray(1, 11), ...record.subarray(14, 26), ...record.subarray(28, 32)];
      const piece = Buffer.from(units).toString('utf16le').split('\0')[0] ?? '';
      name = piece.replaceAll('\uffff', '') + name;
    } else if (record[11] === 0x20) {
      const chunks: Buffer[] = [];
      for (let next = record.readUInt16LE(26); next >= 2 && next < 0xfff8; next = image.readUInt16LE(fatAt + next * 2))
        chunks.push(image.subarray(dataAt + (next - 2) * cluster, dataAt + (next - 1) * cluster));
      files.push({ name, data: Buffer.concat(chunks).subarray(0, record.readUInt32LE(28)) });
      name = '';
    }
  }
  return { label: image.subarray(43, 54).toString().trim(), files };
};

describe('the file system of a seed', () => {
  it('holds what was put into it, under its whole names', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,60}$/);
    const files = fc.uniqueArray(
      fc.record({ name, data: fc.uint8Array({ maxLength: 3_000, size: 'max' }).map((bytes) => Buffer.from(bytes)) }),
      {
        selector: (file) => file.name,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(files, (all) => {
        const read = readFat(fatImage('cidata', all));
        expect(read.label).toBe('CIDATA');
        expect(read.files.map((file) => [file.name, file.data.toString('hex')])).toEqual(
          all.map((file) => [file.name, file.data.toString('hex')]),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('is a FAT16 by the number of its clusters, which is what readers go by', () => {
    const image = fatImage('cidata', [{ name: 'user-data', data: Buffer.alloc(5_000, 'x') }]);
    const sectors = image.readUInt16LE(19) || image.readUInt32LE(32);
    expect(sectors * 512).toBe(image.length);
    const clusters = sectors - 1 - 2 * image.readUInt16LE(22) - 32;
    expect(clusters).toBeGreaterThanOrEqual(4_085);
    expect(clusters).toBeLessThan(65_525);
  });

  it('is the same for the same files, and refuses what does not fit', () => {
    const files = [{ name: 'meta-data', data: Buffer.from('instance-id: one') }];
    expect(fatImage('cidata', files).equals(fatImage('cidata', files))).toBe(true);
    expect(() => fatImage('cidata', [{ name: 'user-data', data: Buffer.alloc(9_000_000) }])).toThrow('too large for a seed');
  });
});
