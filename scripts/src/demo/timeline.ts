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

/** Asks until the answer is there; the API has no call that waits. Throws after the time-out with the last answer. */
export const eventually = async <T>(what: string, timeoutMs: number, ask: () => Promise<T | undefined>): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`not as said: ${what} did not happen within ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};
