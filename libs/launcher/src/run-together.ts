/**
 * Runs tasks side by side. The first fault aborts the others and is thrown once all of them have ended, so that none goes on behind the
 * caller's back.
 */
export async function runTogether<T extends readonly unknown[]>(
  outer: AbortSignal | undefined,
  tasks: readonly [...{ [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> }],
): Promise<T> {
  const firstFault = new AbortController();
  const signal = outer === undefined ? firstFault.signal : AbortSignal.any([outer, firstFault.signal]);
  const running = tasks.map(async (task) => {
    try {
      return await task(signal);
    } catch (error) {
      firstFault.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(running);
  firstFault.signal.throwIfAborted();
  return (await Promise.all(running)) as unknown as T;
}
