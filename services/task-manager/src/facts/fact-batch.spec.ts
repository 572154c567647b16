import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { LoadedRun, RunRow } from '../runs/run-row.js';
import { after, runOf, sentRun, t0 } from '../runs/run-row.fixture.js';
import { defaultLogBytes } from '@klevr/contracts/execution';
import { judgeBatch, parseFacts, type Effects, type FactSource } from './fact-batch.js';

const runId = newId('run');
const now = after(10);
const ids = { runId, attempt: 1, atMs: after(2).getTime() };
const finished = (status: string, more: object = {}): object => ({
  kind: 'finished',
  ...ids,
  status,
  exitCode: 0,
  output: null,
  reason: null,
  ...more,
});
const refused = (code: string): object => ({ kind: 'refused', ...ids, code, detail: 'no' });
const sent = (changes: Partial<RunRow> = {}): LoadedRun => sentRun({ id: runId, ...changes });

const judge = (
  run: LoadedRun,
  facts: object[],
  options: { lane?: 'events' | 'logs'; agentId?: string; journalId?: string; lastSeq?: number; pastAgents?: Map<string, string> } = {},
) => {
  const batch = {
    journalId: options.journalId ?? 'jrn_1',
    lane: options.lane ?? ('events' as const),
    facts: facts.map((fact, index) => ({ seq: index + 1, ...fact })),
  };
  const source: FactSource = { zoneId: 'zone_1', agentId: options.agentId ?? 'agt_1', batch };
  const effects: Effects = { events: [], chunks: [], refused: [], staleZones: new Set() };
  const cursor = { lastSeq: options.lastSeq ?? 0 };
  const results = judgeBatch(source, parseFacts(source), cursor, {
    runs: new Map([[run.row.id, run]]),
    pastAgents: options.pastAgents ?? new Map(),
    effects,
    now,
  });
  return { results: results.map(({ result }) => result), effects, cursor, details: results.map(({ detail }) => detail) };
};

describe('facts of the lane events', () => {
  it('take a run from its acceptance to its end', () => {
    const run = sent();
    const { results } = judge(run, [{ kind: 'accepted', ...ids }, { kind: 'started', ...ids }, finished('succeeded', { output: 'x' })]);
    expect(results).toEqual(['stored', 'stored', 'stored']);
    expect(run.row).toMatchObject({
      state: 'succeeded',
      acceptedAt: after(2),
      startedAt: after(2),
      exitCode: 0,
      output: 'x',
      resultStored: true,
      wakeAt: null,
    });
  });

  it('set the limit after which silence means that the run timed out', () => {
    const run = sent();
    judge(run, [{ kind: 'started', ...ids }]);
    expect(run.row).toMatchObject({ limitAt: after(100), wakeAt: after(100) });
  });

  it('set it by the deadline where that is sooner, with the time that processes may take to end; not for the recovery, which the deadline does not end', () => {
    const started = { kind: 'started', ...ids };
    const [limited, endless] = [
      sent({ deadlineAt: after(40), killGraceSeconds: 20 }),
      sent({ timeoutSeconds: null, deadlineAt: after(40) }),
    ];
    judge(limited, [started]);
    judge(endless, [started]);
    expect([limited.row.limitAt, endless.row.limitAt]).toEqual([after(40 + 30 + 20), after(40 + 30)]);
    judge(limited, [{ kind: 'recovering', ...ids, failedStep: 0 }]);
    judge(endless, [{ kind: 'recovering', ...ids, failedStep: 0 }]);
    expect([limited.row.limitAt, endless.row.limitAt]).toEqual([after(10 + 60 + 30 + 20), null]);
  });

  it('are stored once', () => {
    const run = sent();
    const { results, cursor } = judge(
      run,
      [
        { kind: 'accepted', ...ids },
        { kind: 'started', ...ids },
      ],
      { lastSeq: 1 },
    );
    expect(results).toEqual(['duplicate', 'stored']);
    expect(cursor.lastSeq).toBe(2);
  });

  it('are refused one by one, and the rest of the batch is stored', () => {
    const run = sent();
    const { results, effects } = judge(run, [
      { kind: 'nonsense' },
      { kind: 'accepted', ...ids },
      { kind: 'started', ...ids, runId: newId('run') },
    ]);
    expect(results).toEqual(['refused', 'stored', 'refused']);
    expect(effects.refused.map(({ seq }) => seq)).toEqual([1, 3]);
    expect(run.row.state).toBe('accepted');
  });

  it("of another agent's run are refused", () => {
    const run = sent();
    expect(judge(run, [{ kind: 'accepted', ...ids }], { agentId: 'agt_2' }).details).toEqual(['the run is of another agent']);
    expect(run.changed).toBe(false);
  });

  it('of an attempt that was never sent are refused', () => {
    expect(judge(sent(), [{ kind: 'accepted', ...ids, attempt: 2 }]).results).toEqual(['refused']);
  });

  it('keep a result that comes too late beside the end, once', () => {
    const run = sent({ state: 'lost', finishedAt: after(5) });
    judge(run, [finished('succeeded', { output: 'late' }), finished('failed')]);
    expect(run.row).toMatchObject({ state: 'lost', lateResult: { status: 'succeeded', output: 'late' }, resultStored: true });
  });

  it('cannot put a time outside what is possible', () => {
    const run = sent();
    judge(run, [{ kind: 'accepted', ...ids, atMs: 0 }, finished('succeeded', { atMs: Number.MAX_SAFE_INTEGER })]);
    expect(run.row).toMatchObject({ acceptedAt: t0, finishedAt: now });
  });

  it('keep a number that no column could hold out of the database', () => {
    const run = sent();
    judge(run, [finished('failed', { exitCode: 2 ** 40 })]);
    expect(run.row.exitCode).toBeNull();
  });
});

describe('a refusal', () => {
  it('of a passing kind is followed by another attempt at once', () => {
    const run = sent();
    const { effects } = judge(run, [refused('STALE_EPOCH')]);
    expect(run.row).toMatchObject({ state: 'queued', due: true, attempt: 2, sendCount: 0, notAfterAt: null });
    expect(run.past).toMatchObject([{ attempt: 1, epoch: 5, session: 'ses_1', outcome: 'failed', reason: { code: 'REFUSED_BY_AGENT' } }]);
    expect([...effects.staleZones]).toEqual(['zone_1']);
  });

  it('by another journal than the one that it was sent to proves nothing', () => {
    const run = sent();
    expect(judge(run, [refused('WRONG_SESSION')], { journalId: 'jrn_2' }).results).toEqual(['stored']);
    expect(run.row).toMatchObject({ state: 'dispatched', attempt: 1 });
  });

  it('again and again is followed by a pause, and says so', () => {
    const run = sent({ attempt: 3 });
    judge(run, [{ ...refused('WRONG_SESSION'), attempt: 3 }]);
    expect(run.row).toMatchObject({ attempt: 4, due: false, waitCode: 'REFUSED_BY_AGENT', wakeAt: after(15) });
  });

  it('of any other kind fails the run', () => {
    const run = sent();
    judge(run, [refused('UNKNOWN_COMMAND')]);
    expect(run.row).toMatchObject({ state: 'failed', reason: { code: 'REFUSED_BY_AGENT', message: 'UNKNOWN_COMMAND: no' } });
  });

  it('of a run that is to be canceled cancels it, whatever its code', () => {
    for (const code of ['CANCELED', 'WRONG_SESSION']) {
      const run = sent({ cancelRequestedAt: after(5) });
      judge(run, [refused(code)]);
      expect(run.row).toMatchObject({ state: 'canceled', reason: { code: 'CANCELED_BY_USER' } });
    }
  });

  it('changes nothing once the attempt was accepted', () => {
    const run = sent({ state: 'running' });
    judge(run, [refused('EXPIRED')]);
    expect(run.row).toMatchObject({ state: 'running', attempt: 1 });
  });

  it('is believed of an attempt that is queued to be sent again', () => {
    const run = runOf({ id: runId, attempt: 1 });
    judge(run, [refused('EXPIRED')]);
    expect(run.row).toMatchObject({ state: 'queued', attempt: 2 });
  });
});

describe('facts of the lane logs', () => {
  const log = (data: string): object => ({
    kind: 'log',
    ...ids,
    phase: 'step',
    index: 0,
    try: 1,
    stream: 'stdout',
    offset: 0,
    data: Buffer.from(data).toString('base64'),
  });

  it('are numbered within their run', () => {
    const { effects } = judge(sent({ logCount: 4 }), [log('a'), log('b')], { lane: 'logs' });
    expect(effects.chunks.map(({ seq, data }) => [seq, data.toString()])).toEqual([
      [5, 'a'],
      [6, 'b'],
    ]);
  });

  it('are cut where the run has no more room, and dropped after', () => {
    const { results, effects } = judge(sent({ logBytes: defaultLogBytes - 2 }), [log('abc'), log('d')], { lane: 'logs' });
    expect(results).toEqual(['stored', 'stored']);
    expect(effects.chunks).toMatchObject([{ data: Buffer.from('ab'), cut: true }]);
  });
});
