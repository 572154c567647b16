import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import fc from 'fast-check';
import { FakeRun, chunk, follow, settle } from './log-follow.fixture.js';
import type { OutputChunk } from './stored-output.js';

describe('following the output of a run through faults', () => {
  it('tells each piece once, in order, and the end last, whatever is lost, doubled or late', async () => {
    const fate = fc.constantFrom('heard', 'lost', 'twice', 'late');
    const action = fc.oneof(
      { weight: 6, arbitrary: fate.map((how) => ({ kind: 'write' as const, how })) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 5 }) }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          { kind: 'late' as const },
          { kind: 'away' as const },
          { kind: 'back' as const },
          { kind: 'heartbeat' as const },
        ),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), fc.integer({ min: 600, max: 20_000 }), async (actions, maxBytes) => {
        const run = new FakeRun();
        const client = follow(run, { maxBytes });
        const late: OutputChunk[] = [];
        let taking: Promise<void> = Promise.resolve();
        for (const one of actions) {
          if (one.kind === 'write') {
            const written = chunk(run.stored.length + 1);
            run.stored.push(written);
            if (one.how === 'late') late.push(written);
            if (one.how === 'heard' || one.how === 'twice') client.hear(written);
            if (one.how === 'twice') client.hear(written);
          } else if (one.kind === 'take') taking = taking.then(() => client.take(one.count));
          else if (one.kind === 'late') for (const passed of late.splice(0).reverse()) client.hear(passed);
          else if (one.kind === 'heartbeat') client.follower.heartbeat();
          else run.fault = one.kind === 'away' ? new AppError('UNAVAILABLE', 'not now') : undefined;
          await Promise.resolve();
        }
        run.fault = undefined;
        run.end('succeeded', client.clock.nowMs());
        client.follower.look();
        const all = taking.then(() => client.take());
        for (let round = 0; round < 20 && !client.state.hasEnded; round++) {
          await settle();
          await client.clock.advanceAsync(1_000);
        }
        await all;
        expect(client.seqs()).toEqual(run.stored.map(({ seq }) => seq));
        expect(client.sent.at(-1)).toContain('"status":"succeeded"');
      }),
      { numRuns: 150 },
    );
  });
});
