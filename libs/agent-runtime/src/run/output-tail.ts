/** The end of what a step wrote, both streams as they came: at most 64 KiB of it, and in memory twice that. */
const maxBytes = 65_536;

export class OutputTail {
  private readonly ring = Buffer.alloc(2 * maxBytes);
  private used = 0;

  push(bytes: Buffer): void {
    const end = bytes.subarray(-maxBytes);
    if (this.used + end.length > this.ring.length) {
      this.ring.copyWithin(0, this.used - maxBytes, this.used);
      this.used = maxBytes;
    }
    this.used += end.copy(this.ring, this.used);
  }

  bytes(): Buffer {
    return this.ring.subarray(Math.max(0, this.used - maxBytes), this.used);
  }
}
