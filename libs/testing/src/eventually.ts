/**
 * Asks until the answer is not undefined, for conditions that only an outside view shows (an API, a process). Errors of single questions
 * are forgiven until the time is over. Throws with what was awaited and the last error.
 */
export const eventually = async <T>(what: string, timeoutMs: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
