import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { FakeRun, chunk, follow, settle } from './log-follow.fixture.js';

describe('following the output of a run', () => {
  it('tells its place, what is stored, then what is heard', async () => {
    const run = new FakeRun();
    run.write(1, 2, 3, 4, 5);
    const client = follow(run);
    void client.take();
    await settle();
    expect(client.sent.slice(0, 2)).toEqual(['retry: 1000', 'id: 0']);
    expect(client.seqs()).toEqual([1, 2, 3, 4, 5]);
    const asked = run.asked;
    client.hear(chunk(6, 'six'));
    await settle();
    expect(client.data().at(-1)).toEqual({
      seq: 6,
      attempt: 1,
      step: 's',
      stream: 'stdout',
      at: '1970-01-01T00:00:00.000Z',
      text: 'six',
      cut: false,
    });
    expect(run.asked).toBe(asked);
  });

  it('tells in base64 what is no text, half a character included', async () => {
    const run = new FakeRun();
    run.stored.push(chunk(1, Buffer.from('é').subarray(0, 1), { atMs: null, cut: true }));
    const client = follow(run);
    void client.take();
    await settle();
    expect(client.data()).toEqual([{ seq: 1, attempt: 1, step: 's', stream: 'stdout', at: null, base64: 'ww==', cut: true }]);
  });

  it('resumes behind its place, and tells only what the filter lets through', async () => {
    const run = new FakeRun();
    run.write(1, 2);
    run.stored.push(chunk(3, 'x', { stream: 'stderr' }), chunk(4));
    const client = follow(run, { afterSeq: 1, stream: 'stderr' });
    void client.take();
    await settle();
    expect(client.seqs()).toEqual([3]);
    client.follower.heartbeat();
    await settle();
    expect(client.sent.at(-1)).toBe(': heartbeat\nid: 4');
  });

  it('reads what was lost, and tells nothing twice', async () => {
    const run = new FakeRun();
    const client = follow(run);
    void client.take();
    await settle();
    run.write(1, 2, 3);
    client.hear(chunk(3));
    client.hear(chunk(2));
    await settle();
    client.hear(chunk(1));
    await settle();
    expect(client.seqs()).toEqual([1, 2, 3]);
  });

  it('goes on behind a hole that the store has too', async () => {
    const client = follow(new FakeRun());
    void client.take();
    await settle();
    client.hear(chunk(7));
    await settle();
    expect(client.seqs()).toEqual([7]);
  });

  it('finds at a heartbeat what nobody told', async () => {
    const run = new FakeRun();
    const client = follow(run);
    void client.take();
    await settle();
    run.write(1);
    client.follower.heartbeat();
    await settle();
    expect(client.seqs()).toEqual([1]);
  });

  it('ends at once where the run ended long ago', async () => {
    const run = new FakeRun();
    run.write(1, 2, 3);
    run.end('failed', -5_000);
    const client = follow(run);
    await client.take();
    expect(client.seqs()).toEqual([1, 2, 3]);
    expect(client.data().at(-1)).toMatchObject({ reason: 'finished', status: 'failed' });
    expect(client.clock.pendingTimers).toBe(0);
  });

  it('waits for output that comes behind the end', async () => {
    const run = new FakeRun();
    const client = follow(run);
    void client.take();
    await settle();
    run.end('succeeded', 0);
    client.follower.look();
    await client.clock.advanceAsync(900);
    run.write(1);
    client.hear(chunk(1));
    await client.clock.advanceAsync(900);
    await settle();
    expect([client.seqs(), client.state.hasEnded]).toEqual([[1], false]);
    await client.clock.advanceAsync(1_200);
    await settle();
    expect(client.state.hasEnded).toBe(true);
    expect(client.data().at(-1)).toMatchObject({ reason: 'finished', status: 'succeeded' });
  });

  it('tries again while the service is away, and ends where the run is no longer kept', async () => {
    const run = new FakeRun();
    run.fault = new AppError('UNAVAILABLE', 'not now');
    const client = follow(run);
    void client.take();
    await settle();
    run.fault = undefined;
    run.write(1);
    await client.clock.advanceAsync(1_000);
    await settle();
    expect(client.seqs()).toEqual([1]);
    run.fault = new AppError('NOT_FOUND', 'gone');
    client.follower.look();
    await settle();
    expect(client.data().at(-1)).toMatchObject({ reason: 'removed' });
    expect([client.state.hasEnded, client.clock.pendingTimers]).toEqual([true, 0]);
  });

  it('says why this server ends it, and nothing to who has gone', async () => {
    const [stopped, gone] = [follow(new FakeRun()), follow(new FakeRun())];
    for (const { take } of [stopped, gone]) void take();
    await settle();
    stopped.follower.end('stopping');
    gone.follower.end('gone');
    await settle();
    expect(stopped.data()).toMatchObject([{ reason: 'stopping' }]);
    expect([gone.data(), gone.state.hasEnded, stopped.state.hasEnded]).toEqual([[], true, true]);
  });
});
