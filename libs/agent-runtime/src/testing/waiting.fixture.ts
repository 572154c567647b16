/** Conditions that are looked at whenever something happened. */
export class Waiting {
  private readonly looks = new Set<() => void>();

  changed(): void {
    for (const look of this.looks) look();
  }

  async until(what: string, condition: () => boolean, timeoutMs: number): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}: not within ${timeoutMs} ms`)), timeoutMs);
      const look = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        this.looks.delete(look);
        resolve();
      };
      this.looks.add(look);
    });
  }
}
