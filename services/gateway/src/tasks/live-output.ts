import type { OutputChunk } from './stored-output.js';

/**
 * The pieces of a run's output that were heard and not yet sent to one follower.
 *
 * Promises: bounded; where there is no room, all of them are forgotten, since what is stored has them too. Told in the order of their numbers.
 */
export class LiveOutput {
  private chunks: OutputChunk[] = [];
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** False where it had to forget. */
  add(chunk: OutputChunk): boolean {
    let at = this.chunks.length;
    while (at > 0 && (this.chunks[at - 1]?.seq ?? 0) > chunk.seq) at--;
    this.chunks.splice(at, 0, chunk);
    this.bytes += costOf(chunk);
    if (this.bytes <= this.maxBytes) return true;
    this.chunks = [];
    this.bytes = 0;
    return false;
  }

  /** The first one behind this place, of those that are here; what lies before it is forgotten. */
  after(seq: number): OutputChunk | undefined {
    const found = this.chunks.findIndex((chunk) => chunk.seq > seq);
    for (const passed of this.chunks.splice(0, found === -1 ? this.chunks.length : found)) this.bytes -= costOf(passed);
    return this.chunks[0];
  }
}

/** With what a piece costs besides its bytes. */
const costOf = ({ data }: OutputChunk): number => data.length + 512;
