/**
 * Streams of libvirt: a volume's bytes sent to the daemon, or fetched from it.
 * Promises: an upload resolves only after the daemon said that it has all of it; the source is read no faster than the socket takes; a stream that fails on either
 * side ends on both. Holes are sent as zeros.
 */
import { type Frame, frameStatuses } from './frame.js';
import { LibvirtError } from './libvirt-error.js';
import { procedures, type VolumeRef } from './procedures.js';
import type { RpcConnection, StreamListener } from './rpc-connection.js';

/** What every version of libvirt takes in one message. */
const PIECE_BYTES = 256 * 1024 - 24;
const none = Buffer.alloc(0);

export interface Range {
  readonly offset: number;
  readonly length: number;
}

export async function uploadVolume(
  rpc: RpcConnection,
  vol: VolumeRef,
  { offset, length }: Range,
  source: AsyncIterable<Buffer> | Iterable<Buffer>,
  signal?: AbortSignal,
): Promise<void> {
  const answer = new Answer();
  const { number } = procedures.uploadVolume;
  const serial = await rpc.openStream(procedures.uploadVolume, { vol, offset, length, flags: 0 }, answer);
  try {
    for await (const chunk of source)
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        signal?.throwIfAborted();
        answer.throwIfFailed();
        await rpc.sendToStream(serial, number, 'continue', chunk.subarray(at, at + PIECE_BYTES));
      }
    await rpc.sendToStream(serial, number, 'ok', none);
    await answer.finished;
  } catch (error) {
    await rpc.sendToStream(serial, number, 'error', none).catch(() => undefined);
    throw error;
  } finally {
    rpc.closeStream(serial);
  }
}

/** As a whole in memory: for small volumes and pieces of large ones. */
export async function downloadVolume(rpc: RpcConnection, vol: VolumeRef, { offset, length }: Range): Promise<Buffer> {
  const answer = new Answer();
  const { number } = procedures.downloadVolume;
  const serial = await rpc.openStream(procedures.downloadVolume, { vol, offset, length, flags: 0 }, answer);
  try {
    await answer.allCame;
    await rpc.sendToStream(serial, number, 'ok', none);
    await answer.finished;
    return Buffer.concat(answer.pieces);
  } finally {
    rpc.closeStream(serial);
  }
}

/** What the daemon says on a stream: data, an end of the data, an end of the stream, or an error. */
class Answer implements StreamListener {
  readonly pieces: Buffer[] = [];
  readonly finished: Promise<void>;
  readonly allCame: Promise<void>;
  private failure: Error | undefined;
  private finish: () => void = () => undefined;
  private come: () => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;

  constructor() {
    const failed = new Promise<never>((_, reject) => {
      this.fail = reject;
    });
    this.finished = Promise.race([new Promise<void>((resolve) => (this.finish = resolve)), failed]);
    this.allCame = Promise.race([new Promise<void>((resolve) => (this.come = resolve)), failed]);
    // Who is not asked for either of them hears of a failure by the next piece.
    for (const one of [this.finished, this.allCame, failed]) one.catch(() => undefined);
  }

  frame({ head, payload }: Frame): void {
    if (head.status === frameStatuses.error) this.ended(LibvirtError.fromPayload(payload));
    else if (head.status === frameStatuses.ok) this.finish();
    else if (payload.length === 0) this.come();
    else this.pieces.push(payload);
  }

  ended(error: Error): void {
    this.failure ??= error;
    this.fail(error);
  }

  throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}
