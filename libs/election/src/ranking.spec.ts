import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseNext, failureMemoryMs, readyPatienceMs } from './ranking.js';
import { newZoneElection, type Candidate, type Vacancy, type ZoneElection } from './settlement-types.js';

const candidate = (agentId: string, rest: Partial<Candidate> = {}): Candidate => ({
  ...{ agentId, session: `ses_${agentId}`, conn: undefined, preference: 'normal', load: 0, away: false, failedAtMs: undefined },
  ...rest,
});

const zoneOf = (...candidates: Candidate[]): ZoneElection => ({
  ...newZoneElection(),
  candidates: new Map(candidates.map((each) => [each.agentId, each])),
});

const vacancyOf = (cause: Vacancy['cause'], agentId?: string, session = `ses_${agentId}`): Vacancy => ({
  ...{ cause, sinceWallMs: 0, conn: undefined, eager: true, ended: false },
  holder: agentId === undefined ? undefined : { agentId, session, epoch: 1 },
});

const chosen = (zone: ZoneElection, vacancy = vacancyOf('firstCandidate'), nowMs = 100_000): string | undefined =>
  chooseNext(zone, vacancy, nowMs)?.agentId;

describe('chooseNext', () => {
  it('goes by label, then load, then id', () => {
    expect(chosen(zoneOf(candidate('b'), candidate('a')))).toBe('a');
    expect(chosen(zoneOf(candidate('a', { load: 2 }), candidate('b', { load: 1 })))).toBe('b');
    expect(chosen(zoneOf(candidate('a'), candidate('b', { load: 9, preference: 'first' })))).toBe('b');
  });

  it('never chooses who is away or must not stand', () => {
    expect(chosen(zoneOf(candidate('a', { away: true }), candidate('b', { preference: 'never' })))).toBeUndefined();
  });

  it('tries those that failed lately last, the longest ago first, and forgets failures', () => {
    const failed = candidate('a', { preference: 'first', failedAtMs: 99_000 });
    expect(chosen(zoneOf(failed, candidate('b')))).toBe('b');
    expect(chosen(zoneOf(failed, candidate('b', { failedAtMs: 98_000 })))).toBe('b');
    expect(chosen(zoneOf(failed, candidate('b')), undefined, 99_000 + failureMemoryMs + 1)).toBe('a');
  });

  it('does not appoint the lost holder again, but its new life', () => {
    for (const cause of ['disconnected', 'left', 'handOver'] as const) {
      expect(chosen(zoneOf(candidate('a')), vacancyOf(cause, 'a'))).toBeUndefined();
      expect(chosen(zoneOf(candidate('a')), vacancyOf(cause, 'a', 'ses_old'))).toBe('a');
      expect(chosen(zoneOf(candidate('a'), candidate('b', { load: 9 })), vacancyOf(cause, 'a', 'ses_old'))).toBe('b');
    }
  });

  it('appoints a holder again that was silent or not ready only if nobody else stands', () => {
    for (const cause of ['silent', 'notReady', 'newSession'] as const) {
      expect(chosen(zoneOf(candidate('a')), vacancyOf(cause, 'a'))).toBe('a');
      expect(chosen(zoneOf(candidate('a'), candidate('b', { failedAtMs: 99_999 })), vacancyOf(cause, 'a'))).toBe('b');
    }
  });

  it('goes on with the last holder when the key was lost, and only then', () => {
    const zone = { ...zoneOf(candidate('a'), candidate('b', { load: 1 })), lastHolderId: 'b' };
    expect(chosen(zone, vacancyOf('keyLost'))).toBe('b');
    expect(chosen(zone, vacancyOf('disconnected', 'c'))).toBe('a');
  });

  it('takes the named one of a hand-over, if it stands', () => {
    const zone = { ...zoneOf(candidate('a'), candidate('b'), candidate('c')), handOverTo: 'c' };
    expect(chosen(zone, vacancyOf('handOver', 'a'))).toBe('c');
    expect(chosen({ ...zone, handOverTo: 'gone' }, vacancyOf('handOver', 'a'))).toBe('b');
  });

  it('chooses the same whatever the order in which candidates came', () => {
    const some = fc.uniqueArray(
      fc.record({
        agentId: fc.string({ minLength: 1, maxLength: 3 }),
        load: fc.nat(2),
        preference: fc.constantFrom('first' as const, 'normal' as const),
        failedAtMs: fc.option(fc.integer({ min: 99_000, max: 99_003 }), { nil: undefined }),
      }),
      { selector: ({ agentId }) => agentId, minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(some, (parts) => {
        const candidates = parts.map(({ agentId, ...rest }) => candidate(agentId, rest));
        expect(chosen(zoneOf(...candidates))).toBe(chosen(zoneOf(...candidates.toReversed())));
      }),
    );
  });
});

describe('readyPatienceMs', () => {
  it('is 300 ms until everyone was tried, then doubles to 10 s', () => {
    expect([0, 1, 2].map((misses) => readyPatienceMs(misses, 3))).toEqual([300, 300, 300]);
    expect([3, 5, 6].map((misses) => readyPatienceMs(misses, 3))).toEqual([600, 600, 1200]);
    expect(readyPatienceMs(1_000, 1)).toBe(10_000);
    expect(readyPatienceMs(1, 0)).toBe(600);
  });
});
