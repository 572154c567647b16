import { describe, expect, it } from '@jest/globals';
import { runTogether } from './run-together.js';

describe('runTogether', () => {
  it('answers with every result in order', async () => {
    expect(await runTogether(undefined, [() => Promise.resolve(1), () => Promise.resolve('two')])).toEqual([1, 'two']);
  });

  it('aborts the others at the first fault and waits for their end before it throws that fault', async () => {
    const ended: string[] = [];
    const slow = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () =>
          setImmediate(() => {
            ended.push('slow');
            reject(new Error('aborted'));
          }),
        ),
      );
    await expect(runTogether(undefined, [slow, () => Promise.reject(new Error('first'))])).rejects.toThrow('first');
    expect(ended).toEqual(['slow']);
  });

  it("passes on the caller's abort", async () => {
    const task = (signal: AbortSignal): Promise<void> => Promise.resolve().then(() => signal.throwIfAborted());
    await expect(runTogether(AbortSignal.abort(new Error('stopped')), [task])).rejects.toThrow('stopped');
  });
});
