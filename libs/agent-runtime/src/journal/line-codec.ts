import { crc32 } from 'node:zlib';

/**
 * Records as lines: a CRC-32 in hexadecimal, a blank, JSON.
 * Promises: a line that a crash or a full disk tore is never taken for a record, and what stands before it is read. Does not: repair anything,
 * or protect against someone who may write the file.
 */
export interface DecodedLines {
  readonly records: unknown[];
  /** Length of the whole part that may be appended to. */
  readonly goodBytes: number;
  /** True where a whole line follows a broken one: that is no torn tail but damage. */
  readonly damaged: boolean;
}

const newline = 0x0a;
const sumOf = (json: string): string => crc32(json).toString(16).padStart(8, '0');

/** Of a record, or of the JSON text of one. */
export const encodeLine = (record: object | string): string => {
  const json = typeof record === 'string' ? record : JSON.stringify(record);
  return `${sumOf(json)} ${json}\n`;
};

export const decodeLines = (bytes: Buffer): DecodedLines => {
  const records: unknown[] = [];
  let goodBytes = 0;
  let broken = false;
  let damaged = false;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start);
    const record = end === -1 ? undefined : recordOf(bytes.toString('utf8', start, end));
    if (record === undefined) broken = true;
    else {
      records.push(record);
      if (broken) damaged = true;
      else goodBytes = end + 1;
    }
    start = end === -1 ? bytes.length : end + 1;
  }
  return { records, goodBytes, damaged };
};

const recordOf = (line: string): unknown => {
  const json = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== sumOf(json)) return undefined;
  return JSON.parse(json) as unknown;
};
