import type { Engine } from '@klevr/contracts/resource';
import type { DriverRegistry } from './driver-registry.js';
import { EngineWatches } from './engine-watches.js';
import type { KeptResource, ResourceJournal } from './resource-journal.js';
import { WatchedResource, type WatchedOptions } from './watched-resource.js';
import type { Workshop } from './workshop.js';

/**
 * Watches over all that this worker has brought about.
 * Promises: what the journal knows is looked at after a start; while an operation has a resource in hand, nobody else looks at it; what the centre does not know as this
 * worker's is forgotten, and not touched. Does not: change anything at an engine.
 */
export interface KeeperOptions extends Omit<WatchedOptions, 'onUnknown'> {
  readonly journal: ResourceJournal;
  readonly workshop: Workshop;
  readonly drivers: Pick<DriverRegistry, 'get'>;
}

export class Keeper {
  private readonly watched = new Map<string, WatchedResource>();
  private readonly held = new Map<string, number>();
  private readonly forgetting = new Map<string, Promise<void>>();
  private readonly engines: EngineWatches;
  private stopped = false;

  constructor(private readonly options: KeeperOptions) {
    const { drivers, log } = options;
    this.engines = new EngineWatches({ drivers, log, onChange: (resourceId) => this.watched.get(resourceId)?.wake('event') });
  }

  start(): void {
    for (const kept of this.options.journal.all()) this.watch(kept).wake('start');
  }

  /** Engines that came back may have changed meanwhile. */
  enginesChanged(engines: readonly Engine[]): void {
    for (const { engine, resource } of this.options.journal.all()) {
      if (!engines.some(({ driver, id }) => driver === engine.driver && id === engine.id)) continue;
      this.engines.follow(engine);
      this.watched.get(resource.id)?.wake('event');
    }
  }

  /** For an operation; answers how to let go. */
  async hold(resourceId: string): Promise<() => void> {
    this.held.set(resourceId, (this.held.get(resourceId) ?? 0) + 1);
    await this.forgetting.get(resourceId);
    await this.watched.get(resourceId)?.pause();
    return () => {
      const holders = (this.held.get(resourceId) ?? 1) - 1;
      if (holders > 0) return void this.held.set(resourceId, holders);
      this.held.delete(resourceId);
      this.letGo(resourceId);
    };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.engines.stop(), ...[...this.watched.values()].map((watched) => watched.pause())]);
  }

  private letGo(resourceId: string): void {
    if (this.stopped) return;
    const kept = this.options.journal.find(resourceId);
    const watched = this.watched.get(resourceId);
    if (kept === undefined) this.watched.delete(resourceId);
    else if (watched === undefined) this.watch(kept).wake('event');
    else watched.resume(kept);
  }

  private watch(kept: KeptResource): WatchedResource {
    const { id } = kept.resource;
    const watched = new WatchedResource(kept, { ...this.options, onUnknown: () => this.forget(id) });
    this.watched.set(id, watched);
    this.engines.follow(kept.engine);
    return watched;
  }

  /** An operation that comes meanwhile waits for the end of it, so that what it makes is not taken away. */
  private forget(resourceId: string): void {
    const { log } = this.options;
    const watched = this.watched.get(resourceId);
    if (watched === undefined || this.held.has(resourceId) || this.forgetting.has(resourceId)) return;
    log.info({ resourceId }, 'the centre does not know this resource as one of this worker: it is forgotten here');
    this.watched.delete(resourceId);
    const forgetting = this.forgetNow(resourceId, watched)
      .catch((error: unknown) => log.warn({ error, resourceId }, 'a resource cannot be forgotten now'))
      .finally(() => this.forgetting.delete(resourceId));
    this.forgetting.set(resourceId, forgetting);
  }

  private async forgetNow(resourceId: string, watched: WatchedResource): Promise<void> {
    const { journal, workshop } = this.options;
    await watched.pause();
    if (this.held.has(resourceId)) return;
    await journal.forget(resourceId);
    await workshop.clear(resourceId);
  }
}
