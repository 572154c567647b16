import { isDeepStrictEqual } from 'node:util';
import type { HostFacts } from '@klevr/contracts/agent';
import type { CancelTimer, Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { FolderWatch } from './folder-watch.js';

/**
 * Tells the centre when the host has changed. Events of the folders of tools and settings say when to look; of addresses and disks nothing tells a
 * process, so they are looked for every minute. Looking is cheap: tools are asked only when their file is another one.
 * Promises: what changes all the time (uptime, free space by less than a tenth) is no reason to tell; a thousand events in a row are one look, and
 * looks are seconds apart; what could not be told is told a little later.
 */
export interface FactsWatchOptions {
  /** What the first hello says, at once. */
  readonly known: () => Promise<HostFacts>;
  /** Everything, as it is now. */
  readonly collect: () => Promise<HostFacts>;
  readonly folders: readonly string[];
  readonly tell: (facts: HostFacts) => Promise<unknown>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

/** The first look is for what the first hello did not wait for. */
const firstLookMs = 500;
const lookEveryMs = 60_000;
/** An installation writes many files, and a tool may be asked only when it is whole. */
const calmMs = 3_000;
const againMs = 10_000;

export class FactsWatch {
  private told: HostFacts | undefined;
  private cancel: CancelTimer = () => undefined;
  private readonly events = new FolderWatch();
  private looking = false;
  private eventCame = false;
  private stopped = false;
  private failing = false;

  constructor(private readonly options: FactsWatchOptions) {}

  /** Call before the first hello is said. */
  start(): void {
    const { known, folders, log } = this.options;
    known().then(
      // A look that was quicker knows better.
      (facts) => (this.told ??= facts),
      (error: unknown) => log.warn({ error }, 'host facts could not be read'),
    );
    this.events.start(folders, () => this.onEvent());
    this.lookIn(firstLookMs);
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
    this.events.stop();
  }

  /** Something is known to have changed. */
  changed(): void {
    this.onEvent();
  }

  private onEvent(): void {
    if (this.eventCame) return;
    this.eventCame = true;
    if (!this.looking) this.lookIn(calmMs);
  }

  private lookIn(delayMs: number): void {
    this.cancel();
    if (!this.stopped) this.cancel = this.options.clock.setTimer(() => void this.look(), delayMs);
  }

  private async look(): Promise<void> {
    const { collect, tell, log } = this.options;
    this.looking = true;
    this.eventCame = false;
    try {
      const facts = await collect();
      if (this.told === undefined || hasChanged(this.told, facts)) {
        await tell(facts);
        this.told = facts;
      }
      this.failing = false;
    } catch (error) {
      if (!this.failing) log.info({ error }, 'host facts could not be told');
      this.failing = true;
    }
    this.looking = false;
    this.lookIn(this.eventCame ? calmMs : this.failing ? againMs : lookEveryMs * (0.8 + Math.random() * 0.4));
  }
}

/** Against what was told last, so that what wavers around a limit is not told each time. */
export const hasChanged = (told: HostFacts, now: HostFacts): boolean => {
  const freeBefore = new Map(told.disks.map(({ mount, freeBytes }) => [mount, freeBytes]));
  const freed = now.disks.some(
    ({ mount, totalBytes, freeBytes }) => Math.abs(freeBytes - (freeBefore.get(mount) ?? 0)) >= totalBytes / 10 && totalBytes > 0,
  );
  return freed || !isDeepStrictEqual(lastingPart(told), lastingPart(now));
};

const lastingPart = (facts: HostFacts): object => ({
  ...facts,
  uptimeSeconds: null,
  addresses: [...facts.addresses].sort(),
  disks: facts.disks.map(({ mount, totalBytes }) => ({ mount, totalBytes })),
});
