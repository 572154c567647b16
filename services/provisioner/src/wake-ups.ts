interface Listeners {
  readonly outbox?: () => void;
  /** Something of the sweep's is due now or later. */
  readonly sweep?: () => void;
}

/** Who must be told that something was committed. Each of those that listen looks at the database when it starts, and now and then. */
export class WakeUps {
  private readonly listeners: Listeners[] = [];

  listen(listener: Listeners): void {
    this.listeners.push(listener);
  }

  committed(): void {
    this.told();
    for (const listener of this.listeners) listener.sweep?.();
  }

  /** There is nothing more to do than to tell of it. */
  told(): void {
    for (const listener of this.listeners) listener.outbox?.();
  }
}
