import { isDeepStrictEqual } from 'node:util';
import type { HostFacts } from '@klevr/contracts/agent';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';

/**
 * Tells the centre when the host has changed. Nothing tells of most changes (an address, a disk, a tool), so they are looked for every few minutes; what changes
 * all the time (uptime, free space by less than a tenth) is no reason to tell.
 */
export interface FactsWatchOptions {
  readonly collect: () => Promise<HostFacts>;
  readonly tell: (facts: HostFacts) => Promise<unknown>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

const lookEveryMs = 300_000;

export class FactsWatch {
  private told: object | undefined;
  private cancel: () => void = () => undefined;

  constructor(private readonly options: FactsWatchOptions) {}

  start(): void {
    this.cancel = this.options.clock.setTimer(() => void this.look(), lookEveryMs * (0.8 + Math.random() * 0.4));
  }

  stop(): void {
    this.cancel();
  }

  private async look(): Promise<void> {
    const { collect, tell, log } = this.options;
    try {
      const facts = await collect();
      const lasting = lastingPart(facts);
      if (!isDeepStrictEqual(this.told, lasting)) await tell(facts);
      this.told = lasting;
    } catch (error) {
      log.warn({ error }, 'host facts could not be told');
    }
    this.start();
  }
}

export const lastingPart = (facts: HostFacts): object => ({
  ...facts,
  uptimeSeconds: null,
  disks: facts.disks.map(({ mount, totalBytes, freeBytes }) => ({
    mount,
    totalBytes,
    freeTenths: Math.round((freeBytes / totalBytes) * 10),
  })),
});
