import { describe, expect, it } from '@jest/globals';
import { Room, type Taken } from '../governors/room.js';
import { after, retryTerms, runOf, sentRun, t0 } from '../runs/run-row.fixture.js';
import { claimRuns, resendDelayMs, type AgentStanding, type Standing } from './claim.js';

const online: AgentStanding = { online: true, drained: false, removed: false, session: 'ses_2', journalId: 'jrn_1', since: t0 };
const standing = (changes: Partial<Standing> = {}): Standing => ({
  agents: new Map([['agt_1', online]]),
  primary: { kind: 'ready', agentId: 'agt_9', epoch: 7 },
  room: new Room({ zone: 100, perHost: 100 }, []),
  now: after(10),
  ...changes,
});
const nobody = standing({ agents: new Map([['agt_1', { ...online, online: false }]]) });

describe('claiming due runs', () => {
  it('marks a run with everything its command will carry, before it is sent', () => {
    const run = runOf();
    expect(claimRuns([run], standing()).send).toEqual([run.row]);
    expect(run.row).toMatchObject({
      ...{ state: 'dispatched', attempt: 1, sendCount: 1, due: false, session: 'ses_2', journalId: 'jrn_1', epoch: 7 },
      ...{ dispatchedAt: after(10), notAfterAt: after(40), wakeAt: after(11) },
    });
  });

  it('sends the same attempt again, with the present session and epoch, ever less often', () => {
    const run = sentRun();
    claimRuns([run], standing());
    expect(run.row).toMatchObject({
      attempt: 1,
      sendCount: 2,
      session: 'ses_2',
      epoch: 7,
      dispatchedAt: t0,
      notAfterAt: after(40),
      wakeAt: after(12),
    });
    expect([1, 2, 3, 4, 5, 6, 99].map(resendDelayMs)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('never signs beyond the deadline', () => {
    const run = runOf({ deadlineAt: after(15) });
    claimRuns([run], standing());
    expect(run.row.notAfterAt).toEqual(after(15));
  });

  it('puts a run aside whose agent is away, without a time', () => {
    const [queued, sent] = [runOf(), sentRun()];
    expect(claimRuns([queued, sent], nobody).send).toEqual([]);
    expect(queued.row).toMatchObject({ state: 'queued', due: false, wakeAt: null });
    expect(sent.row).toMatchObject({ state: 'dispatched', wakeAt: null });
  });

  describe('for a drained agent', () => {
    const drained = standing({
      agents: new Map([
        ['agt_1', { ...online, drained: true }],
        ['agt_9', { ...online, drained: true }],
      ]),
    });

    it('sends nothing, neither for the first time nor again', () => {
      const [queued, sent] = [runOf(), sentRun()];
      expect(claimRuns([queued, sent], drained)).toEqual({ send: [], unbound: [], cancel: [] });
      expect(queued.row).toMatchObject({ state: 'queued', due: false, wakeAt: null, agentId: 'agt_1' });
      expect(sent.row).toMatchObject({ state: 'dispatched', wakeAt: null, sendCount: 1 });
    });

    it('gives what may go elsewhere to another, and lets what is for the primary wait', () => {
      const [any, primary] = [runOf({ targetKind: 'any' }), runOf({ targetKind: 'primary' })];
      claimRuns([any, primary], drained);
      expect(any.row).toMatchObject({ agentId: null, due: false, waitCode: 'AGENT_DRAINED', wakeAt: after(11) });
      expect(primary.row).toMatchObject({ agentId: null, due: false, waitCode: 'AGENT_DRAINED', wakeAt: null });
    });

    it('still sends cancels', () => {
      const run = sentRun({ cancelRequestedAt: after(5) });
      expect(claimRuns([run], drained).cancel).toEqual([run.row]);
    });
  });

  it('ends what was made for an agent that was removed meanwhile, and gives to others what they may take', () => {
    const removed = standing({ agents: new Map([['agt_1', { ...online, removed: true }]]) });
    const [only, sent, any] = [runOf(), sentRun(), runOf({ targetKind: 'any' })];
    expect(claimRuns([only, sent, any], removed)).toEqual({ send: [], unbound: [any.row], cancel: [] });
    expect([only.row.state, sent.row.state, any.row.agentId]).toEqual(['canceled', 'lost', null]);
  });

  it('binds a run for the primary to whoever is it now', () => {
    const run = runOf({ targetKind: 'primary', agentId: 'agt_old' });
    claimRuns([run], standing({ agents: new Map([['agt_9', online]]) }));
    expect(run.row).toMatchObject({ agentId: 'agt_9', state: 'dispatched' });
  });

  it('lets a run for the primary wait while there is none, and says so', () => {
    const run = runOf({ targetKind: 'primary', agentId: null });
    claimRuns([run], standing({ primary: { kind: 'none', epoch: 3 } }));
    expect(run.row).toMatchObject({ state: 'queued', due: false, waitCode: 'NO_PRIMARY', waitSince: after(10) });
  });

  it('asks for an agent where none is bound', () => {
    const run = runOf({ targetKind: 'any', agentId: null });
    expect(claimRuns([run], standing()).unbound).toEqual([run.row]);
    expect(run.row.state).toBe('queued');
  });

  it.each(['any', 'worker'] as const)(
    'looks for another where the one that was chosen for %s has gone before anything was sent',
    (targetKind) => {
      const run = runOf({ targetKind });
      claimRuns([run], nobody);
      expect(run.row).toMatchObject({ agentId: null, due: false, waitCode: 'AGENT_OFFLINE', wakeAt: after(11) });
    },
  );

  it('gives what never arrived at a host that is away another number with another host, and no lease', () => {
    const lease = { movable: true, retry: retryTerms, leaseUntil: after(330) };
    const run = sentRun({ targetKind: 'any', state: 'queued', due: true, notAfterAt: null, ...lease });
    claimRuns([run], nobody);
    expect(run.row).toMatchObject({ agentId: null, attempt: 2, leaseUntil: null });
  });

  it('keeps the agent of an attempt that was sent', () => {
    const run = sentRun({ targetKind: 'any' });
    claimRuns([run], nobody);
    expect(run.row.agentId).toBe('agt_1');
  });

  it('ends a run whose deadline passed while it was queued', () => {
    const run = runOf({ deadlineAt: after(9) });
    claimRuns([run], standing());
    expect(run.row).toMatchObject({ state: 'timed_out', reason: { code: 'DEADLINE_PASSED' }, finishedAt: after(10) });
  });

  it('ends a sent one only when its command has been void for a while', () => {
    const run = sentRun({ deadlineAt: after(9), notAfterAt: after(9) });
    claimRuns([run], standing());
    expect(run.row).toMatchObject({ state: 'dispatched', wakeAt: after(14) });
    claimRuns([run], standing({ now: after(14) }));
    expect(run.row.state).toBe('timed_out');
  });

  it('repeats a cancel instead of the command', () => {
    const run = sentRun({ cancelRequestedAt: after(5) });
    expect(claimRuns([run], standing())).toMatchObject({ send: [], cancel: [{ id: 'run_1', session: 'ses_2' }] });
    expect(run.row).toMatchObject({ state: 'dispatched', wakeAt: after(12) });
  });

  describe('with limits', () => {
    const hosts = new Map(['agt_1', 'agt_2', 'agt_9'].map((id) => [id, online]));
    const limited = (limits: { zone: number; perHost: number }, taken: Taken[] = []): Standing =>
      standing({ agents: hosts, room: new Room(limits, taken) });
    const onOne = { agentId: 'agt_1', concurrencyKey: null, count: 1 };

    it('sends no more than fit, and passes by whoever has to wait', () => {
      const runs = [runOf(), runOf(), runOf({ agentId: 'agt_2' }), runOf({ agentId: 'agt_2' })];
      const { send } = claimRuns(runs, limited({ zone: 3, perHost: 2 }, [onOne]));
      expect(send).toEqual([runs[0]?.row, runs[2]?.row]);
      expect(runs[1]?.row).toMatchObject({ state: 'queued', due: true, attempt: 0 });
      expect(runs.map(({ changed }) => changed)).toEqual([true, false, true, false]);
    });

    it('sends one at a time of those with the same key', () => {
      const [first, second, other] = ['db', 'db', 'cache'].map((concurrencyKey) => runOf({ concurrencyKey }));
      expect(
        claimRuns(
          [first, second, other].flatMap((run) => run ?? []),
          limited({ zone: 9, perHost: 9 }),
        ).send,
      ).toEqual([first?.row, other?.row]);
    });

    it('sends again whatever the limits say: it holds its place', () => {
      const run = sentRun();
      expect(claimRuns([run], limited({ zone: 1, perHost: 1 }, [onOne])).send).toEqual([run.row]);
    });

    it.each(['any', 'worker'] as const)('looks for another host where the one that was chosen for %s is full', (targetKind) => {
      const run = runOf({ targetKind });
      expect(claimRuns([run], limited({ zone: 9, perHost: 1 }, [onOne])).unbound).toEqual([run.row]);
      expect(run).toMatchObject({ changed: true, row: { agentId: null, state: 'queued', due: true } });
    });

    it('lets what is for the primary wait in the line of its host', () => {
      const run = runOf({ targetKind: 'primary', agentId: null });
      expect(claimRuns([run], limited({ zone: 9, perHost: 1 }, [{ ...onOne, agentId: 'agt_9' }])).send).toEqual([]);
      expect(run).toMatchObject({ changed: true, row: { agentId: 'agt_9', state: 'queued', due: true } });
    });

    it('gives no more runs an agent than may go then', () => {
      const runs = [1, 2, 3].map(() => runOf({ targetKind: 'any', agentId: null, concurrencyKey: 'db' }));
      expect(claimRuns(runs, limited({ zone: 9, perHost: 9 })).unbound).toEqual([runs[0]?.row]);
    });

    it('ends what is past its deadline though there is no room', () => {
      const run = runOf({ deadlineAt: after(9) });
      claimRuns([run], limited({ zone: 0, perHost: 1 }));
      expect(run.row.state).toBe('timed_out');
    });
  });

  it('touches nothing that has gone on since it was looked for', () => {
    const run = sentRun({ state: 'accepted' });
    expect(claimRuns([run], standing()).send).toEqual([]);
    expect(run.changed).toBe(false);
  });
});
