import { Injectable } from '@nestjs/common';
import { ElectionShell } from '../election/election.shell.js';
import { HostPoolPublisher } from '../hosts/host-pool.publisher.js';
import { ZoneSettingsPublisher } from './zone-settings.publisher.js';
import { ZonesStore } from './zones.store.js';

/** What a replica does about a zone that was made, changed or deleted, by itself or by another. Doing it twice does what doing it once does. */
@Injectable()
export class ZoneChangesService {
  constructor(
    private readonly zones: ZonesStore,
    private readonly shell: ElectionShell,
    private readonly settings: ZoneSettingsPublisher,
    private readonly publisher: HostPoolPublisher,
  ) {}

  /** By this replica, before it answers. */
  changedHere(zoneId: string): void {
    this.publisher.changed(zoneId);
  }

  /** Each replica tells the agents: the one that made the change may have died with it stored. */
  async changed(zoneId: string): Promise<void> {
    const zone = await this.zones.find(zoneId);
    if (zone === undefined) return;
    this.shell.keep(zoneId);
    this.settings.publish(zoneId, zone.settings);
  }

  deleted(zoneId: string): void {
    this.zones.forget(zoneId);
    this.shell.forget(zoneId);
  }
}
