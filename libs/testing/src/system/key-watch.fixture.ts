import { PrimaryKey, republishHeaders } from '@klevr/contracts/presence';
import { subjects } from '@klevr/contracts/subjects';
import type { Bus } from '@klevr/messaging/bus';

/** Hears every change of one zone's key from the server itself, and keeps who ever held which epoch. */
export interface Held {
  readonly epoch: number;
  readonly key: PrimaryKey;
}

export class KeyWatch {
  /** Epoch → everybody that a key named with it, in the order of appointment. */
  readonly holders = new Map<number, Set<string>>();
  private ready: Held | undefined;
  private changed: () => void = () => undefined;

  /** `bus` has a task-manager's permissions. */
  constructor(bus: Bus, zoneId: string) {
    bus.subscribe(subjects.primary.build({ zone: zoneId }), (message) => {
      const revision = Number(message.header(republishHeaders.sequence));
      if (message.bytes.length === 0) return;
      this.hear(revision, PrimaryKey.parse(message.json()));
    });
  }

  /** The ready primary of an epoch above this one, as soon as there is one. */
  readyAbove(epoch: number, timeoutMs: number): Promise<Held> {
    return this.until(`a ready primary of an epoch above ${epoch}`, timeoutMs, (held) => held.epoch > epoch);
  }

  /** What came of cutting the holder's connection: another holder, or the same one back over another connection before anybody could take its place. */
  afterCut({ epoch, key: { conn } }: Held, timeoutMs: number): Promise<Held> {
    const moved = ({ key }: Held): boolean => key.conn?.serverId !== conn?.serverId || key.conn?.clientId !== conn?.clientId;
    return this.until('a word on who is primary after a cut', timeoutMs, (held) => held.epoch > epoch || moved(held));
  }

  private async until(what: string, timeoutMs: number, fits: (held: Held) => boolean): Promise<Held> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if (this.ready !== undefined && fits(this.ready)) return this.ready;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${what}: not within ${timeoutMs} ms; the last was ${JSON.stringify(this.ready)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.changed = () => (clearTimeout(timer), resolve());
      });
    }
  }

  private hear(revision: number, key: PrimaryKey): void {
    const epoch = key.epoch ?? revision;
    const holders = this.holders.get(epoch) ?? new Set();
    this.holders.set(epoch, holders.add(`${key.agentId} ${key.session}`));
    if (key.epoch !== null) this.ready = { epoch, key };
    this.changed();
  }
}
