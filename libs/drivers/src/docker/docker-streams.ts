import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Reads what the Docker Engine sends piece by piece. */

/** One JSON value a line. A line that is none is left out. */
export async function* jsonLines(stream: NodeJS.ReadableStream): AsyncGenerator<Record<string, unknown>> {
  let rest = '';
  // A sign of several bytes may be cut too.
  const decoder = new StringDecoder('utf8');
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* parsed(line);
  }
  yield* parsed(rest);
}

const parsed = (line: string): Record<string, unknown>[] => {
  if (line.trim() === '') return [];
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value as Record<string, unknown>] : [];
  } catch {
    return [];
  }
};

const headerBytes = 8;

/** The texts of a stream in which output and errors alternate: a header of 8 bytes says which and how many. A terminal's stream has no headers. */
export const unmixed = (mixed: Buffer): string => {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + headerBytes <= mixed.length) {
    const kind = mixed.readUInt8(at);
    if (kind > 2 || mixed.readUIntBE(at + 1, 3) !== 0) return mixed.toString();
    const end = at + headerBytes + mixed.readUInt32BE(at + 4);
    parts.push(mixed.subarray(at + headerBytes, end));
    at = end;
  }
  return Buffer.concat(parts).toString();
};

/** Of a stream at most this much; what comes later is read and dropped, as whoever writes it would wait otherwise. */
export const atMost = async (stream: NodeJS.ReadableStream, bytes: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let kept = 0;
  for await (const chunk of stream as Readable) {
    const part = Buffer.from(chunk as Uint8Array);
    if (kept < bytes) parts.push(part.subarray(0, bytes - kept));
    kept += part.length;
  }
  return Buffer.concat(parts);
};
