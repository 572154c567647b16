import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import type { provisionContracts } from '@klevr/contracts/provisioner-contracts';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import type { Witness } from './judge.js';
import { ProofService } from './proof.service.js';
import { StateStore } from './state.store.js';

type Asks = typeof provisionContracts;

/**
 * State that a driver keeps with the centre.
 * Promises: only the worker that has an operation of the resource in hand reaches it; one holder at a time; a state is replaced whole or not at all, and what is read
 * has the digest of what was written. A holder that says nothing for an hour loses it to the next that asks; one whose operation or attempt has ended holds it no more.
 */
@Injectable()
export class StateService {
  constructor(
    private readonly store: StateStore,
    private readonly proof: ProofService,
    private readonly clock: Clock,
  ) {}

  async lock(witness: Witness, { resourceId, holder }: RequestOf<Asks['lockState']>): Promise<ReplyOf<Asks['lockState']>> {
    const has = await this.proof.ofResource(resourceId, witness);
    return this.store.lock(resourceId, holder, { now: this.now(), takeOver: has === 'taken' });
  }

  async read(witness: Witness, { resourceId, offset }: RequestOf<Asks['readState']>): Promise<ReplyOf<Asks['readState']>> {
    await this.proof.ofResource(resourceId, witness);
    return this.store.read(resourceId, offset);
  }

  async write(witness: Witness, piece: RequestOf<Asks['writeState']>): Promise<Record<string, never>> {
    await this.proof.ofResource(piece.resourceId, witness);
    await this.store.write({ ...piece, data: Buffer.from(piece.data, 'base64') }, this.now());
    return {};
  }

  async unlock(witness: Witness, { resourceId, holder }: RequestOf<Asks['unlockState']>): Promise<Record<string, never>> {
    await this.proof.ofResource(resourceId, witness);
    await this.store.unlock(resourceId, holder, this.now());
    return {};
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}
