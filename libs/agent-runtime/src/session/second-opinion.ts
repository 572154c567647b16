import type { Hello } from '@klevr/contracts/presence';
import type { CancelTimer, Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { KeyView } from '../primary/key-watch.js';

/**
 * What a secondary does when the zone's stamp grows old: it asks the primary's beacon, and tells the centre what it saw.
 * Promises: once for each stamp; it asks only the address that the centre named for just this primary. Does not: decide anything; what it saw is an
 * opinion that rides on a hello, and a hello that nobody answers is not repeated for it.
 */
export type Opinion = NonNullable<Hello['opinion']>;
export type BeaconVerdict = Opinion['beacon'];

export interface SecondOpinionOptions {
  readonly me: string;
  readonly connected: () => boolean;
  readonly look: (url: string, primaryId: string) => Promise<BeaconVerdict>;
  readonly hello: () => void;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

/** One stamp and a half: the key is republished with each. Spread, as the whole zone sees the same. */
const staleAfterMs = 7_500;
const spreadMs = 1_000;

export class SecondOpinion {
  private watched: { readonly agentId: string; readonly epoch: number } | undefined;
  private beacon: { readonly agentId: string; readonly url: string } | undefined;
  private stale = false;
  private untold: Opinion | undefined;
  private seen: Opinion | undefined;
  private cancel: CancelTimer = () => undefined;

  constructor(private readonly options: SecondOpinionOptions) {}

  /** What it saw when it last looked, for the beacon's status. */
  get last(): Opinion | null {
    return this.seen ?? null;
  }

  /** The key was written: the stamp is young again, whatever it says. */
  told({ key }: KeyView): void {
    this.cancel();
    this.stale = false;
    this.untold = undefined;
    this.watched = key === null || !key.ready || key.agentId === this.options.me ? undefined : { agentId: key.agentId, epoch: key.epoch };
    if (this.watched === undefined) return;
    const delayMs = staleAfterMs + spreadMs * Math.random();
    this.cancel = this.options.clock.setTimer(() => this.onStale(), delayMs);
  }

  /** Where the centre says that this agent's beacon is. */
  beaconOf(agentId: string, url: string | null | undefined): void {
    this.beacon = url === null || url === undefined ? undefined : { agentId, url };
    if (this.stale) void this.ask();
  }

  /** For the hello that goes out now. */
  take(): Opinion | undefined {
    const opinion = this.untold;
    this.untold = undefined;
    return opinion;
  }

  stop(): void {
    this.cancel();
    this.watched = undefined;
  }

  private onStale(): void {
    // Without a connection it is this agent that hears nothing.
    if (!this.options.connected()) return;
    this.stale = true;
    // Whose beacon is not known is learned by a hello.
    if (this.beacon?.agentId === this.watched?.agentId) void this.ask();
    else this.options.hello();
  }

  private async ask(): Promise<void> {
    const { watched, beacon, options } = this;
    if (watched === undefined || beacon === undefined || beacon.agentId !== watched.agentId) return;
    this.stale = false;
    const verdict = await options.look(beacon.url, watched.agentId);
    if (this.watched !== watched) return;
    const opinion: Opinion = { ...watched, beacon: verdict };
    options.log.warn({ ...opinion, url: beacon.url }, "the zone's stamp is old; its primary's beacon was asked");
    this.untold = opinion;
    this.seen = opinion;
    options.hello();
  }
}
