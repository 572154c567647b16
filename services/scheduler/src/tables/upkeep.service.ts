import { Injectable } from '@nestjs/common';
import { RevocationsService } from '../hosts/revocations.service.js';
import { ReplaysStore } from './replays.store.js';

/** Tables that would grow for ever, and what outside the database follows from them. */
@Injectable()
export class UpkeepService {
  constructor(
    private readonly replays: ReplaysStore,
    private readonly revocations: RevocationsService,
  ) {}

  /** A NATS server that was set up anew learns who was removed. */
  async start(): Promise<void> {
    await this.revocations.pushQuietly();
  }

  async sweep(): Promise<void> {
    await this.replays.forgetOld();
    await this.revocations.sweep();
  }
}
