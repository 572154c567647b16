import { isDeepStrictEqual } from 'node:util';
import type { DriverName } from '@klevr/contracts/recipe';
import type { Engine } from '@klevr/contracts/resource';
import type { CancelTimer, Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { DriverRegistry } from './driver-registry.js';

/**
 * The engines that this worker reaches.
 * Promises: one look at a time; who listens hears of each change once. Does not: know at once that an engine has come or gone: most tell nothing when they do,
 * so they are looked for by time.
 */
export interface EnginesOptions {
  readonly drivers: Pick<DriverRegistry, 'all'>;
  readonly onChange: (engines: readonly Engine[]) => void;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

const lookEveryMs = 30_000;

export class Engines {
  private found: readonly Engine[] = [];
  private looking: Promise<void> | undefined;
  private cancelTimer: CancelTimer = () => undefined;
  private stopped = false;

  constructor(private readonly options: EnginesOptions) {}

  get all(): readonly Engine[] {
    return this.found;
  }

  /** The one with this id, or any of the driver where none is named. Looks again where it is not known. */
  async find(driver: DriverName, id: string | null): Promise<Engine | undefined> {
    return this.known(driver, id) ?? (await this.look(), this.known(driver, id));
  }

  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  start(): void {
    void this.look().then(() => this.again());
  }

  stop(): void {
    this.stopped = true;
    this.cancelTimer();
  }

  /** `docker=20.10.24`, and the ids of its engines. */
  capabilities(): Record<string, string> {
    const names = [...new Set(this.found.map(({ driver }) => driver))];
    return Object.fromEntries(
      names.flatMap((name) => {
        const engines = this.found.filter(({ driver }) => driver === name);
        return [
          [name, engines[0]?.version ?? ''],
          [`${name}.engines`, engines.map(({ id }) => id).join(',')],
        ];
      }),
    );
  }

  private known(driver: DriverName, id: string | null): Engine | undefined {
    return this.found.find((engine) => engine.driver === driver && (id === null || engine.id === id));
  }

  private again(): void {
    if (!this.stopped) this.cancelTimer = this.options.clock.setTimer(() => this.start(), lookEveryMs);
  }

  private async lookOnce(): Promise<void> {
    const { drivers, onChange, log } = this.options;
    try {
      const found = (await Promise.all((await drivers.all()).map((driver) => driver.engines()))).flat();
      if (this.stopped || isDeepStrictEqual(found, this.found)) return;
      log.info({ engines: found.map(({ driver, id, version }) => `${driver} ${version} ${id}`) }, 'engines');
      this.found = found;
      onChange(found);
    } catch (error) {
      log.error({ error }, 'engines could not be looked for');
    }
  }
}
