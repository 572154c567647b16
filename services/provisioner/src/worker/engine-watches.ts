import type { Engine } from '@klevr/contracts/resource';
import type { Watch } from '@klevr/drivers/driver';
import type { Log } from '@klevr/platform/log';
import type { DriverRegistry } from './driver-registry.js';

/**
 * The events of the engines that have resources of this worker.
 * Promises: one watch an engine, begun again at the next call where it could not be begun. Does not: tell of what happened before it began.
 */
export interface EngineWatchesOptions {
  readonly drivers: Pick<DriverRegistry, 'get'>;
  readonly onChange: (resourceId: string) => void;
  readonly log: Log;
}

export class EngineWatches {
  private readonly watches = new Map<string, Promise<Watch | undefined>>();

  constructor(private readonly options: EngineWatchesOptions) {}

  follow(engine: Engine): void {
    const key = `${engine.driver} ${engine.id}`;
    if (this.watches.has(key)) return;
    const beginning = this.begin(engine).catch((error: unknown) => {
      this.options.log.warn({ error, engine: engine.id }, 'the events of an engine cannot be had');
      this.watches.delete(key);
      return undefined;
    });
    this.watches.set(key, beginning);
  }

  async stop(): Promise<void> {
    const watches = [...this.watches.values()];
    this.watches.clear();
    for (const watch of watches) await (await watch)?.stop();
  }

  private async begin(engine: Engine): Promise<Watch | undefined> {
    const { drivers, onChange } = this.options;
    const driver = await drivers.get(engine.driver);
    return driver.watch?.(engine, (resourceId) => onChange(resourceId));
  }
}
