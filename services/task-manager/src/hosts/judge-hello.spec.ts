import { describe, expect, it } from '@jest/globals';
import { loseSight } from '../runs/attempt-end.js';
import { reasonAt, type LoadedRun } from '../runs/run-row.js';
import { after, runOf, sentRun, retryTerms } from '../runs/run-row.fixture.js';
import { judgeHello, type HelloTold } from './judge-hello.js';

const now = after(10);
const told = (attempts: HelloTold['attempts'] = [], changes: Partial<HelloTold> = {}): HelloTold => ({
  journalId: 'jrn_1',
  attempts,
  sameSession: false,
  ...changes,
});
const accepted = (): LoadedRun => sentRun({ state: 'accepted', acceptedAt: after(1) });
const running = (): LoadedRun => sentRun({ state: 'running', startedAt: after(1) });
const knows = (state: 'accepted' | 'running' | 'finished', attempt = 1): HelloTold['attempts'] => [{ runId: 'run_1', attempt, state }];
const verdict = (attempts: HelloTold['attempts'], run?: LoadedRun, ended?: LoadedRun): string | undefined =>
  judgeHello(told(attempts), run ? [run] : [], ended ? [ended] : [], now)[0]?.verdict;

describe('what a hello means for the runs of the agent', () => {
  it('makes due what waited for it', () => {
    const run = runOf({ due: false });
    judgeHello(told(), [run], [], now);
    expect(run.row.due).toBe(true);
  });

  it('sends the same attempt again where the journal that it was sent under does not know it', () => {
    const run = sentRun();
    judgeHello(told(), [run], [], now);
    expect(run.row).toMatchObject({ state: 'queued', due: true, attempt: 1, sendCount: 0 });
  });

  it('ends as lost what another journal may have known', () => {
    for (const run of [sentRun(), accepted(), running()]) {
      judgeHello(told([], { journalId: 'jrn_2' }), [run], [], now);
      expect(run.row).toMatchObject({ state: 'lost', reason: { code: 'JOURNAL_CHANGED' } });
    }
  });

  it('ends as lost what it had accepted and does not know any more', () => {
    for (const run of [accepted(), running()]) {
      judgeHello(told(), [run], [], now);
      expect(run.row).toMatchObject({ state: 'lost', reason: { code: 'AGENT_LOST' } });
    }
  });

  it('sends nothing again that a copy on its way may have begun before the journal was lost', () => {
    const run = sentRun();
    judgeHello(told([], { sameSession: true }), [run], [], now);
    // At once, and without giving up its place: a copy may be there the next moment.
    expect(run.row).toMatchObject({ state: 'dispatched', wakeAt: now, notAfterAt: after(30) });
    judgeHello(told([], { journalId: 'jrn_2' }), [run], [], now);
    expect(run.row).toMatchObject({ state: 'lost', reason: { code: 'JOURNAL_CHANGED' } });
  });

  it('knows of another life of the process that nothing is on its way any more', () => {
    const run = sentRun();
    judgeHello(told(), [run], [], now);
    expect(run.row).toMatchObject({ state: 'queued', notAfterAt: null, journalId: null });
  });

  it('waits for the facts of what was out of sight and has finished', () => {
    const run = sentRun({ state: 'running', acceptedAt: after(1), startedAt: after(2), retry: retryTerms });
    loseSight(run, reasonAt('AGENT_LOST', 'so', after(5)), after(5));
    judgeHello(told(knows('finished'), { sameSession: true }), [run], [], now);
    expect(run.row).toMatchObject({ state: 'queued', attempt: 1, due: false, waitCode: 'AGENT_OFFLINE' });
    judgeHello(told(knows('running'), { sameSession: true }), [run], [], now);
    expect(run.row).toMatchObject({ state: 'running', attempt: 1, waitCode: null });
  });

  it('cuts no pause before an attempt short', () => {
    const run = runOf({ attempt: 2, retries: 1, due: false, waitCode: 'RETRY_WAITS', wakeAt: after(60) });
    judgeHello(told(), [run], [], now);
    expect(run.row).toMatchObject({ due: false, waitCode: 'RETRY_WAITS', wakeAt: after(60) });
  });

  it('believes facts more than a hello of the same session, which may be older', () => {
    const run = accepted();
    judgeHello(told([], { sameSession: true }), [run], [], now);
    expect(run.row.state).toBe('accepted');
  });

  it('leaves alone what the agent knows', () => {
    for (const run of [sentRun(), accepted(), running()]) {
      judgeHello(told(knows('running')), [run], [], now);
      expect(run.changed).toBe(false);
    }
  });

  it('ends a canceled run that never arrived', () => {
    const run = sentRun({ cancelRequestedAt: after(5) });
    judgeHello(told(), [run], [], now);
    expect(run.row).toMatchObject({ state: 'canceled', reason: { code: 'CANCELED_BY_USER' } });
  });

  it('sends a cancel again to the same session, where a copy of the command may still be on its way', () => {
    const run = sentRun({ cancelRequestedAt: after(5) });
    judgeHello(told([], { sameSession: true }), [run], [], now);
    expect(run.row).toMatchObject({ state: 'dispatched', wakeAt: now });
    expect(run.changed).toBe(true);
  });
});

describe('what the agent shall do with what it knows', () => {
  const over = (changes: object = {}): LoadedRun => sentRun({ state: 'lost', finishedAt: after(5), ...changes });

  it('keeps what is open', () => expect(verdict(knows('running'), running())).toBe('keep'));
  it('sends a result that is not stored', () => {
    expect(verdict(knows('finished'), running())).toBe('sendResult');
    expect(verdict(knows('finished'), undefined, over())).toBe('sendResult');
  });
  it('forgets a result that is stored', () => expect(verdict(knows('finished'), undefined, over({ resultStored: true }))).toBe('forget'));
  it('stops what has ended here, and what is to be canceled', () => {
    expect(verdict(knows('running'), undefined, over())).toBe('stop');
    expect(verdict(knows('running'), sentRun({ state: 'running', cancelRequestedAt: after(5) }))).toBe('stop');
  });
  it('stops or forgets what nobody knows, and what is superseded', () => {
    expect(verdict(knows('accepted'))).toBe('stop');
    expect(verdict(knows('finished'))).toBe('forget');
    expect(verdict(knows('running'), sentRun({ attempt: 2 }))).toBe('stop');
    expect(verdict(knows('finished'), sentRun({ attempt: 2 }))).toBe('forget');
  });
});
