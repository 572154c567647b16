import { createHash } from 'node:crypto';
import { pieceBytes } from '@klevr/contracts/provision';
import type { StateKeeper } from '@klevr/drivers/driver';
import type { AsksCentre } from './centre.js';

/** State of a driver at the centre, in pieces. What is read has the digest that the centre tells, or it is refused. */
export interface CentralStateOptions {
  readonly centre: Pick<AsksCentre, 'insist'>;
  readonly of: { readonly resourceId: string; readonly revision: number };
  /** The same for all attempts of an operation on this worker. */
  readonly holder: string;
  readonly signal: AbortSignal;
  /** What was done must be written down also after the work was ended. */
  readonly lateSignal: AbortSignal;
}

export class CentralState implements StateKeeper {
  private held = false;

  constructor(private readonly options: CentralStateOptions) {}

  async lock(): Promise<Buffer | undefined> {
    const { centre, of, holder, signal } = this.options;
    const { bytes, digest } = await centre.insist('lockState', { ...of, holder }, signal);
    this.held = true;
    if (digest === null) return undefined;
    const parts: Buffer[] = [];
    for (let offset = 0; offset < bytes;) {
      const { data } = await centre.insist('readState', { ...of, offset }, signal);
      const part = Buffer.from(data, 'base64');
      if (part.length === 0) break;
      parts.push(part);
      offset += part.length;
    }
    const state = Buffer.concat(parts);
    if (digestOf(state) !== digest) throw new Error('the state at the centre is not what was written there');
    return state;
  }

  async write(state: Buffer): Promise<void> {
    const { centre, of, holder, lateSignal: signal } = this.options;
    const digest = digestOf(state);
    for (let offset = 0; offset === 0 || offset < state.length; offset += pieceBytes) {
      const last = offset + pieceBytes >= state.length;
      const data = state.subarray(offset, offset + pieceBytes).toString('base64');
      await centre.insist('writeState', { ...of, holder, offset, data, last, digest: last ? digest : null }, signal);
    }
  }

  async unlock(): Promise<void> {
    const { centre, of, holder, lateSignal: signal } = this.options;
    if (!this.held) return;
    await centre.insist('unlockState', { ...of, holder }, signal);
    this.held = false;
  }
}

const digestOf = (state: Buffer): string => createHash('sha256').update(state).digest('hex');
