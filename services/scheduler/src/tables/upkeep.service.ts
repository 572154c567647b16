import { Injectable } from '@nestjs/common';
import { HostChangesService } from '../hosts/host-changes.service.js';
import { RevocationsService } from '../hosts/revocations.service.js';
import { ReplaysStore } from './replays.store.js';

/** Tables that would grow for ever, and what follows from them elsewhere. */
@Injectable()
export class UpkeepService {
  constructor(
    private readonly replays: ReplaysStore,
    private readonly revocations: RevocationsService,
    private readonly changes: HostChangesService,
  ) {}

  /** A NATS server that was set up anew learns who was removed. */
  async start(): Promise<void> {
    await this.revocations.pushQuietly();
  }

  async sweep(): Promise<void> {
    await this.replays.forgetOld();
    await this.revocations.sweep();
    await this.changes.refresh();
  }
}
