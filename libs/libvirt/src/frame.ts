/**
 * The frames in which libvirt's RPC travels: a length that counts itself, six words of head, and what is left belongs to the procedure.
 * Promises: frames come out whole and in order however the bytes were cut; a length that no frame can have ends it with an XdrError.
 */
import { type Decoded, fromXdr, toXdr, XdrError } from './xdr.js';
import { int32, struct, uint32 } from './xdr-types.js';

export const programs = { remote: 0x20008086, keepalive: 0x6b656570 } as const;
export const frameTypes = { call: 0, reply: 1, message: 2, stream: 3 } as const;
export const frameStatuses = { ok: 0, error: 1, continue: 2 } as const;

const head = struct({ program: uint32, version: uint32, procedure: int32, type: int32, serial: uint32, status: int32 });
export type FrameHead = Decoded<typeof head>;
export interface Frame {
  readonly head: FrameHead;
  readonly payload: Buffer;
}

const HEAD_BYTES = 24;
const LENGTH_BYTES = 4;
/** libvirt's own limit of a whole message. */
const MAX_FRAME_BYTES = 33_554_432 + LENGTH_BYTES;

export const encodeFrame = ({ head: values, payload }: Frame): Buffer => {
  const length = LENGTH_BYTES + HEAD_BYTES + payload.length;
  if (length > MAX_FRAME_BYTES) throw new XdrError(`a message of ${length} bytes is longer than libvirt takes`);
  return Buffer.concat([toXdr(uint32, length), toXdr(head, values), payload]);
};

export class FrameSplitter {
  private pieces: Buffer[] = [];
  private bytes = 0;

  push(piece: Buffer): Frame[] {
    this.pieces.push(piece);
    this.bytes += piece.length;
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.next();
      if (frame === undefined) return frames;
      frames.push(frame);
    }
  }

  private next(): Frame | undefined {
    if (this.bytes < LENGTH_BYTES) return undefined;
    const first = this.pieces[0];
    // The length may be cut as well; joining is rare, as a piece is mostly larger than a frame.
    const start = first !== undefined && first.length >= LENGTH_BYTES ? first : this.join();
    const length = start.readUInt32BE(0);
    if (length < LENGTH_BYTES + HEAD_BYTES || length > MAX_FRAME_BYTES) throw new XdrError(`a message of ${length} bytes`);
    if (this.bytes < length) return undefined;
    const all = this.join();
    const rest = all.subarray(length);
    this.pieces = rest.length === 0 ? [] : [rest];
    this.bytes = rest.length;
    const payloadAt = LENGTH_BYTES + HEAD_BYTES;
    return { head: fromXdr(head, all.subarray(LENGTH_BYTES, payloadAt)), payload: all.subarray(payloadAt, length) };
  }

  private join(): Buffer {
    const [only] = this.pieces;
    const all = this.pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.pieces);
    this.pieces = [all];
    return all;
  }
}
