/**
 * Who must be told that something was committed: the dispatcher of a zone, the outbox relay, the sender of callbacks, those who hear of live logs.
 * Promises: a wake-up costs nothing and never throws into the caller. Does not: keep wake-ups for listeners that come later; each of them looks
 * at the database when it starts.
 */
/** `due`: a due run was committed. `look`: there may be something to send, for the first time or again. */
export type WakeReason = 'due' | 'look';

export interface WakeUpListeners {
  readonly zone?: (zoneId: string, why: WakeReason) => void;
  readonly outbox?: () => void;
  readonly callbacks?: () => void;
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

  outbox(): void {
    for (const listener of this.listeners) listener.outbox?.();
  }

  callbacks(): void {
    for (const listener of this.listeners) listener.callbacks?.();
  }
}
