/**
 * XDR (RFC 4506) as far as libvirt's protocol needs it: how a value becomes bytes, and how it is read again.
 * Promises: what is decoded is what was encoded; bytes that are short, too long, or padded wrongly are refused with an XdrError and never read past. Does not
 * know floating point, unions and sets of names.
 */
export class XdrError extends Error {
  override readonly name = 'XdrError';
}

export interface Xdr<T> {
  encode(value: T, to: XdrWriter): void;
  decode(from: XdrReader): T;
}
export type Decoded<X> = X extends Xdr<infer T> ? T : never;

export class XdrWriter {
  private readonly pieces: Buffer[] = [];

  int32(value: number): void {
    const piece = Buffer.alloc(4);
    piece.writeInt32BE(value);
    this.pieces.push(piece);
  }

  uint32(value: number): void {
    const piece = Buffer.alloc(4);
    piece.writeUInt32BE(value);
    this.pieces.push(piece);
  }

  uint64(value: bigint): void {
    const piece = Buffer.alloc(8);
    piece.writeBigUInt64BE(value);
    this.pieces.push(piece);
  }

  /** As they are, filled up with zeros to a multiple of four. */
  opaque(bytes: Buffer): void {
    this.pieces.push(bytes, Buffer.alloc(-bytes.length & 3));
  }

  bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

export class XdrReader {
  private offset = 0;

  constructor(private readonly buffer: Buffer) {}

  int32(): number {
    return this.buffer.readInt32BE(this.take(4));
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.take(4));
  }

  uint64(): bigint {
    return this.buffer.readBigUInt64BE(this.take(8));
  }

  opaque(length: number): Buffer {
    const at = this.take(length);
    const padAt = this.take(-length & 3);
    if (this.buffer.subarray(padAt, this.offset).some((byte) => byte !== 0)) throw new XdrError('padding that is not zero');
    return this.buffer.subarray(at, at + length);
  }

  end(): void {
    if (this.offset !== this.buffer.length) throw new XdrError(`${this.buffer.length - this.offset} bytes too many`);
  }

  private take(length: number): number {
    const at = this.offset;
    if (at + length > this.buffer.length) throw new XdrError(`${at + length - this.buffer.length} bytes too few`);
    this.offset += length;
    return at;
  }
}

export const toXdr = <T>(type: Xdr<T>, value: T): Buffer => {
  const writer = new XdrWriter();
  type.encode(value, writer);
  return writer.bytes();
};

export const fromXdr = <T>(type: Xdr<T>, bytes: Buffer): T => {
  const reader = new XdrReader(bytes);
  const value = type.decode(reader);
  reader.end();
  return value;
};
