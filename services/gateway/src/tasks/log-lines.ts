import { type OutputChunk, cutNotice } from './stored-output.js';

/**
 * Output as lines, each with its time and stream in front.
 *
 * Promises: a line is told once it is whole, whatever pieces it came in, and never mixed with one of the other stream, of another step or attempt;
 * its time is that of its first piece; its bytes stay as they are. What has no line break in the end gets one. Memory is bounded: of a line longer
 * than 64 KiB each 64 KiB are a line.
 * Does not promise: an order among lines of different streams other than that of their ends.
 */
const MAX_LINE_BYTES = 65_536;
const newline = 0x0a;
const lineBreak = Buffer.from('\n');

interface Begun {
  /** Steps run one after the other, so a piece of another one ends this line. */
  readonly origin: string;
  readonly head: Buffer;
  readonly parts: Buffer[];
  bytes: number;
}

export class LogLines {
  private readonly begun = new Map<OutputChunk['stream'], Begun>();

  /** The lines that this piece completes. */
  take(chunk: OutputChunk): Buffer {
    const { stream, cut } = chunk;
    const origin = `${chunk.attempt} ${chunk.step}`;
    const out: Buffer[] = this.begun.get(stream)?.origin === origin ? [] : this.endLine(stream);
    for (const part of linesIn(chunk.data)) {
      const line = this.begun.get(stream) ?? { origin, head: headOf(chunk), parts: [], bytes: 0 };
      this.begun.set(stream, line);
      line.parts.push(part);
      line.bytes += part.length;
      if (part.at(-1) === newline || line.bytes >= MAX_LINE_BYTES) out.push(...this.endLine(stream));
    }
    if (cut) out.push(...this.endLine(stream), headOf(chunk), Buffer.from(`${cutNotice}\n`));
    return Buffer.concat(out);
  }

  /** The lines that were begun and will not go on. */
  rest(): Buffer {
    return Buffer.concat([...this.begun.keys()].flatMap((stream) => this.endLine(stream)));
  }

  private endLine(stream: OutputChunk['stream']): Buffer[] {
    const line = this.begun.get(stream);
    if (line === undefined) return [];
    this.begun.delete(stream);
    return [line.head, ...line.parts, ...(line.parts.at(-1)?.at(-1) === newline ? [] : [lineBreak])];
  }
}

function* linesIn(data: Buffer): Generator<Buffer> {
  for (let start = 0; start < data.length;) {
    const at = data.indexOf(newline, start);
    const end = Math.min(at === -1 ? data.length : at + 1, start + MAX_LINE_BYTES);
    yield data.subarray(start, end);
    start = end;
  }
}

const headOf = ({ atMs, stream }: OutputChunk): Buffer => Buffer.from(`${atMs === null ? '-' : new Date(atMs).toISOString()} ${stream} `);
