import { Injectable } from '@nestjs/common';
import { ConnectionsWatcher } from '../liveness/connections.watcher.js';
import { LivenessService } from '../liveness/liveness.service.js';
import { ZonesStore } from '../zones/zones.store.js';
import { ElectionShell } from './election.shell.js';
import { PrimariesKeeper } from './primaries.keeper.js';

/** For this long after our own (re)connect, silence may be ours or a stopped NATS server's: only cut connections depose. */
const quietMs = 5_000;
const pageSize = 200;

/** Brings the election of this replica up, and up to date again after our own connection was away. */
@Injectable()
export class ElectionStart {
  constructor(
    private readonly keeper: PrimariesKeeper,
    private readonly zones: ZonesStore,
    private readonly shell: ElectionShell,
    private readonly connections: ConnectionsWatcher,
    private readonly liveness: LivenessService,
  ) {}

  async start(): Promise<void> {
    await this.keeper.ensure();
    this.keeper.onDeleted(() => void this.shell.checkBucket());
    this.shell.reconnected(quietMs);
    this.shell.onSuspect((agentId, cause) => this.liveness.accused(agentId, cause));
    this.connections.start();
    await this.keepZones();
    await this.lookAround();
    await this.liveness.takeUpSuspects();
  }

  disconnected(): void {
    this.liveness.ourFault();
  }

  async reconnected(): Promise<void> {
    this.liveness.ourFault();
    this.shell.reconnected(quietMs);
    await this.lookAround();
  }

  /** Safety net for what no event brought here. */
  async refresh(): Promise<void> {
    await this.keepZones();
    this.shell.refresh();
  }

  /** Cuts were missed: whom no NATS server shows as connected is asked, once those that dial again had time to. */
  private async lookAround(): Promise<void> {
    await this.connections.resync();
    this.liveness.askUnseen((conn) => this.connections.has(conn), quietMs);
  }

  /** Zones that another replica made and that nobody has spoken in yet, or deleted. */
  private async keepZones(): Promise<void> {
    const unseen = new Set(this.shell.keptZones);
    for (let afterId: string | undefined; ;) {
      const batch = await this.zones.list(afterId, pageSize);
      for (const { id } of batch) {
        this.shell.keep(id);
        unseen.delete(id);
      }
      if (batch.length < pageSize) break;
      afterId = batch.at(-1)?.id;
    }
    // Deleted while this replica heard nothing; one that is missing may also have been made only now.
    for (const id of unseen) if ((await this.zones.find(id)) === undefined) this.shell.forget(id);
  }
}
