import { describe, expect, it } from '@jest/globals';
import { TimeoutError } from '@nats-io/transport-node';
import { untilAnswered } from './until-answered.js';

describe('a question to JetStream', () => {
  const asked = (silences: number, answer: () => Promise<string>): { times: () => number; ask: () => Promise<string> } => {
    let times = 0;
    return { times: () => times, ask: () => (++times > silences ? answer() : Promise.reject(new TimeoutError())) };
  };

  it('is asked again until it is answered', async () => {
    const { times, ask } = asked(5, () => Promise.resolve('here'));
    expect(await untilAnswered(ask)).toBe('here');
    expect(times()).toBe(6);
  });

  it('is given up after six silences', async () => {
    const { times, ask } = asked(100, () => Promise.resolve('here'));
    await expect(untilAnswered(ask)).rejects.toThrow(TimeoutError);
    expect(times()).toBe(6);
  });

  it('is not asked again where the answer is an error', async () => {
    const { times, ask } = asked(1, () => Promise.reject(new Error('no room')));
    await expect(untilAnswered(ask)).rejects.toThrow('no room');
    expect(times()).toBe(2);
  });
});
