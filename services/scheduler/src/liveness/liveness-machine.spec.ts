import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { agentStatuses, type AgentStatus } from '@klevr/contracts/agent';
import { isPresent, legalChanges, type LivenessSignal } from './liveness-machine.js';
import { LivenessModel } from './liveness-model.fixture.js';

/** What may happen to an agent and to us, in any order and at any time. */
type Move =
  | { readonly waitMs: number }
  | { readonly signal: LivenessSignal }
  | { readonly ago: number }
  | { readonly probes: LivenessModel['answer'] };

const signalOf = (kind: LivenessSignal['kind']): fc.Arbitrary<Move> => fc.constant({ signal: { kind } as LivenessSignal });
const plain = [
  'connected',
  'silent',
  'hello',
  'drain',
  'undrain',
  'approve',
  'primaryChanged',
  'incidentOpened',
  'incidentClosed',
  'ourFault',
] as const;
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ waitMs: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 500, max: 25_000 })) }) },
  { weight: 6, arbitrary: fc.constantFrom(...plain).chain(signalOf) },
  {
    weight: 2,
    arbitrary: fc.record({ signal: fc.integer({ min: 100, max: 200 }).map((momentMs): LivenessSignal => ({ kind: 'cut', momentMs })) }),
  },
  { weight: 2, arbitrary: fc.record({ ago: fc.integer({ min: 0, max: 5_000 }) }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<LivenessSignal>({ kind: 'accused', cause: 'a' }, { kind: 'unheard', cause: 'u' })
      .map((signal) => ({ signal })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('stopping' as const, 'suspending' as const).map((reason): Move => ({ signal: { kind: 'goodbye', reason } })),
  },
  { weight: 1, arbitrary: fc.constantFrom('alive' as const, 'dead' as const, 'unknown' as const).map((probes) => ({ probes })) },
);

const play = (model: LivenessModel, moves: readonly Move[], after: (before: AgentStatus) => void): void => {
  for (const each of moves) {
    const before = model.state.status;
    if ('waitMs' in each) model.pass(each.waitMs);
    else if ('ago' in each) model.give({ kind: 'heard', heardAtMs: model.nowMs - each.ago });
    else if ('probes' in each) model.answer = each.probes;
    else {
      if (each.signal.kind === 'incidentOpened') model.incident = true;
      if (each.signal.kind === 'incidentClosed') model.incident = false;
      model.give(each.signal);
    }
    after(before);
  }
};

describe('the liveness machine, whatever happens in whatever order', () => {
  const start = fc.record({ status: fc.constantFrom(...agentStatuses), moves: fc.array(move, { maxLength: 60 }) });

  it('makes legal changes only, and calls those that are there drained exactly if they are', () => {
    fc.assert(
      fc.property(start, ({ status, moves }) => {
        const model = new LivenessModel(status, status === 'drained');
        play(model, moves, () => {
          const { status: now, drained } = model.state;
          expect(isPresent(now) && now !== (drained ? 'drained' : 'online')).toBe(false);
        });
        for (const { from, to } of model.changes) expect(legalChanges[from]).toContain(to);
        // Each change begins where the one before ended.
        model.changes.reduce((last, { from, to }) => (expect(from).toBe(last), to), status);
      }),
      { numRuns: 1_500 },
    );
  });

  it('loses nobody without a whole grace as suspect and an unanswered probe after it, and nobody during an incident', () => {
    fc.assert(
      fc.property(start, ({ status, moves }) => {
        const model = new LivenessModel(status, status === 'drained');
        let judged = 0;
        play(model, moves, () => {
          for (const change of model.changes.slice(judged)) {
            judged++;
            if (change.to !== 'lost') continue;
            expect(model.incident).toBe(false);
            expect(change.from).toBe('suspect');
            const last = model.probed.at(-1);
            expect(last).toEqual({ atMs: change.atMs, answer: 'dead' });
            const suspected = model.changes.slice(0, judged - 1).findLast(({ to }) => to === 'suspect')?.atMs ?? 0;
            expect(change.atMs - suspected).toBeGreaterThanOrEqual(model.graceMs);
          }
        });
      }),
      { numRuns: 1_500 },
    );
  });

  it('does not flap: an agent that keeps coming back within the moment, and answers, is never suspected for its cuts', () => {
    const blips = fc.array(
      fc.record({ awayMs: fc.integer({ min: 0, max: 99 }), wellMs: fc.integer({ min: 0, max: 5_000 }), redials: fc.boolean() }),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(blips, (each) => {
        const model = new LivenessModel('online');
        for (const { awayMs, wellMs, redials } of each) {
          model.give({ kind: 'cut', momentMs: 100 });
          model.pass(awayMs);
          // One that is connected again has longer to say hello.
          if (redials) {
            model.give({ kind: 'connected' });
            model.pass(600);
          }
          model.give({ kind: 'hello' });
          model.pass(wellMs);
        }
        expect(model.changes).toEqual([]);
      }),
    );
  });

  it('does not flap: of a living agent whose heartbeats reach the primary now and then, at most two changes come about in a grace', () => {
    const words = fc.array(fc.record({ heard: fc.boolean(), waitMs: fc.integer({ min: 0, max: 4_000 }) }), { maxLength: 80 });
    fc.assert(
      fc.property(words, (each) => {
        const model = new LivenessModel('online');
        model.answer = 'alive';
        let heardBefore = false;
        for (const { heard, waitMs } of each) {
          // Words that alternate: never twice heard in a row.
          const word: boolean = heard && !heardBefore;
          heardBefore = word;
          model.give(word ? { kind: 'heard', heardAtMs: model.nowMs } : { kind: 'silent' });
          model.pass(waitMs);
        }
        for (const { atMs } of model.changes) {
          const near = model.changes.filter((other) => other.atMs >= atMs && other.atMs < atMs + model.graceMs);
          expect(near.length).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the liveness machine', () => {
  const lastOf = (model: LivenessModel) => model.changes.at(-1);

  it('suspects after a cut within a second, even if the agent dials again without a hello', () => {
    const model = new LivenessModel('online');
    model.give({ kind: 'cut', momentMs: 200 });
    model.pass(199);
    model.give({ kind: 'connected' });
    model.pass(700);
    expect(model.changes).toMatchObject([{ to: 'suspect', cause: 'its connection was cut', atMs: 800 }]);
  });

  it('believes no silence of an agent that said hello less than almost three heartbeats ago', () => {
    const model = new LivenessModel('online');
    model.give({ kind: 'hello' });
    model.pass(2_699);
    model.give({ kind: 'silent' });
    expect(model.changes).toEqual([]);
    model.pass(1);
    model.give({ kind: 'silent' });
    expect(model.changes).toMatchObject([{ to: 'suspect', cause: 'silent towards its primary' }]);
  });

  it('asks an excused agent again, as its primary cannot tell any more', () => {
    const model = new LivenessModel('online');
    model.answer = 'alive';
    model.give({ kind: 'silent' });
    model.pass(12_000);
    expect(model.state).toMatchObject({ status: 'online', excused: true });
    model.answer = 'dead';
    for (let round = 0; round < 15; round++) {
      model.give({ kind: 'silent' });
      model.pass(1_000);
    }
    expect(lastOf(model)).toMatchObject({ to: 'suspect', cause: 'silent towards its primary, and no answer to a probe' });
  });

  it('excuses an agent that answered the probe of another replica', () => {
    const model = new LivenessModel('suspect');
    model.answer = 'alive';
    model.give({ kind: 'row', status: 'online', drained: false, excused: true });
    model.give({ kind: 'silent' });
    model.pass(1_000);
    model.give({ kind: 'row', status: 'online', drained: false });
    model.give({ kind: 'silent' });
    expect(model.changes).toEqual([]);
  });

  it('takes a lost agent back when its primary hears it and it answers', () => {
    const model = new LivenessModel('lost', true);
    model.give({ kind: 'heard', heardAtMs: 0 });
    model.pass(1_000);
    expect(model.changes).toEqual([]);
    model.answer = 'alive';
    model.give({ kind: 'heard', heardAtMs: model.nowMs });
    model.pass(1_000);
    expect(model.changes).toMatchObject([{ from: 'lost', to: 'drained', cause: 'answered a probe' }]);
  });

  it('holds nothing against one that announced its sleep', () => {
    const model = new LivenessModel('online');
    model.give({ kind: 'goodbye', reason: 'suspending' });
    model.give({ kind: 'cut', momentMs: 100 });
    model.give({ kind: 'silent' });
    model.pass(1_000_000);
    model.give({ kind: 'hello' });
    expect(model.changes.map(({ to }) => to)).toEqual(['suspended', 'online']);
  });

  it('keeps what is pending when the row says what is known', () => {
    const model = new LivenessModel('online');
    model.give({ kind: 'cut', momentMs: 100 });
    model.give({ kind: 'row', status: 'online', drained: false });
    model.pass(100);
    model.give({ kind: 'row', status: 'suspect', drained: false });
    model.pass(11_000);
    expect(model.changes.map(({ to }) => to)).toEqual(['suspect', 'lost']);
  });

  it('tries a change again that could not be stored', () => {
    const model = new LivenessModel('online');
    model.give({ kind: 'accused', cause: 'x' });
    model.give({ kind: 'notStored', was: 'online' });
    model.pass(5_000);
    expect(model.changes.map(({ to }) => to)).toEqual(['suspect', 'suspect']);
  });
});
