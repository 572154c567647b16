import { newId } from '@klevr/contracts/ids';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ProvisionerSettings } from '../provisioner.config.js';
import { builtInName } from './source-row.js';
import { SourcesStore } from './sources.store.js';
import { SyncService } from './sync.service.js';

/** Reads the catalogue that comes with Klevr before the service is ready, and starts and stops the reading of all others. */
@Injectable()
export class CatalogueLife implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly settings: ProvisionerSettings,
    private readonly sources: SourcesStore,
    private readonly syncing: SyncService,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.settings.config.recipesDir !== undefined) {
      const row = await this.sources.ensureBuiltIn(
        {
          ...{ id: newId('source'), name: builtInName, url: 'built-in', ref: { branch: 'none' }, folder: '', syncEverySeconds: null },
          ...{ signedTagsOnly: false, trustedSigners: [], authBox: null, createdBy: 'klevr' },
        },
        new Date(this.clock.nowMs()),
      );
      await this.syncing
        .sync(row.id, true)
        .catch((error: unknown) => this.log.error({ error }, 'the built-in catalogue could not be read'));
    }
    this.syncing.wake();
  }

  onModuleDestroy(): Promise<void> {
    return this.syncing.stop();
  }
}
