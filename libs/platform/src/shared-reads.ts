/**
 * Reads of something that changes, one after the other, so that an older one never comes after a newer one.
 * Promises: what `fresh` answers was read by a read that began after the call; those that ask meanwhile share it, also its error.
 */
export class SharedReads<T> {
  private running: Promise<unknown> = Promise.resolve();
  private next: Promise<T> | undefined;

  constructor(private readonly read: () => Promise<T>) {}

  fresh(): Promise<T> {
    this.next ??= this.readAfter(this.running);
    return this.next;
  }

  private async readAfter(before: Promise<unknown>): Promise<T> {
    await before.catch(() => undefined);
    this.next = undefined;
    const reading = this.read();
    this.running = reading;
    return reading;
  }
}
