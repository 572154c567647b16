/**
 * Who must be told that something was committed: the dispatcher of a zone, the outbox relay, the sender of callbacks, those who hear of live logs.
 * Promises: a wake-up costs nothing and never throws into the caller. Does not: keep wake-ups for listeners that come later; each of them looks
 * at the database when it starts.
 */
export interface WakeUpListeners {
  readonly zone?: (zoneId: string) => void;
  readonly outbox?: () => void;
  readonly callbacks?: () => void;
}

export class WakeUps {
  private readonly listeners: WakeUpListeners[] = [];

  listen(listener: WakeUpListeners): void {
    this.listeners.push(listener);
  }

  zone(zoneId: string): void {
    for (const listener of this.listeners) listener.zone?.(zoneId);
  }

  zones(zoneIds: Iterable<string>): void {
    for (const zoneId of new Set(zoneIds)) this.zone(zoneId);
  }

  outbox(): void {
    for (const listener of this.listeners) listener.outbox?.();
  }

  callbacks(): void {
    for (const listener of this.listeners) listener.callbacks?.();
  }
}
