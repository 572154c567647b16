import type { Stored } from './runs/stored.js';

/**
 * Who must be told that something was committed: the dispatcher of a zone, the outbox relay, the sender of callbacks, whoever keeps times.
 * Promises: a wake-up costs nothing and never throws into the caller. Does not: keep wake-ups for listeners that come later; each of them looks
 * at the database when it starts.
 */
/** `due`: a due run was committed. `look`: there may be something to send, for the first time or again. */
export type WakeReason = 'due' | 'look';

export interface WakeUpListeners {
  readonly zone?: (zoneId: string, why: WakeReason) => void;
  readonly outbox?: () => void;
  readonly callbacks?: () => void;
  readonly at?: (time: Date) => void;
}

export class WakeUps {
  private readonly listeners: WakeUpListeners[] = [];

  listen(listener: WakeUpListeners): void {
    this.listeners.push(listener);
  }

  zone(zoneId: string, why: WakeReason = 'look'): void {
    for (const listener of this.listeners) listener.zone?.(zoneId, why);
  }

  zones(zoneIds: Iterable<string>, why: WakeReason = 'look'): void {
    for (const zoneId of new Set(zoneIds)) this.zone(zoneId, why);
  }

  /** What a transaction left to do for others. */
  stored({ events, callbacksDue, dueZones, wakeAt }: Stored): void {
    if (events > 0) this.outbox();
    if (callbacksDue) this.callbacks();
    this.zones(dueZones, 'due');
    this.at(wakeAt);
  }

  /** Something waits until then. */
  at(time: Date | null): void {
    if (time !== null) for (const listener of this.listeners) listener.at?.(time);
  }

  outbox(): void {
    for (const listener of this.listeners) listener.outbox?.();
  }

  callbacks(): void {
    for (const listener of this.listeners) listener.callbacks?.();
  }
}
