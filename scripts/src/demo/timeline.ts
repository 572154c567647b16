/** Prints what happens with the seconds since the start, and refuses what is not as it should be. */
export class Timeline {
  private readonly startedAt = performance.now();

  say(text: string): void {
    const seconds = ((performance.now() - this.startedAt) / 1000).toFixed(3).padStart(8);
    console.log(`${seconds} s  ${text}`);
  }

  check(fact: boolean, text: string): void {
    if (!fact) throw new Error(`not as said: ${text}`);
    this.say(`✓ ${text}`);
  }
}
