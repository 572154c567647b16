import { describe, expect, it } from '@jest/globals';
import type { Report } from '@klevr/contracts/presence';
import { ZoneReports } from './zone-reports.js';

/** Reports of a zone of a heartbeat of 2 s, without the beats. */
const begun = (): { reports: ZoneReports; told: Report[]; run: (from: number, to: number, connected?: boolean) => void } => {
  const told: Report[] = [];
  const reports = new ZoneReports({
    heartbeatSeconds: () => 2,
    tell: (kind, agents, part) => kind !== 'beat' && told.push({ kind, agents, part } as unknown as Report),
  });
  reports.begin(0);
  const run = (from: number, to: number, connected = true): void => {
    for (let now = from; now <= to; now += 1) reports.tick(now, connected);
  };
  return { reports, told, run };
};
const summary = (told: Report[]): string[] =>
  told.map(({ kind, agents }) => `${kind} ${agents.map(({ agentId, state }) => `${agentId} ${state}`).join(', ')}`);

describe('the reports of a primary', () => {
  it('name everybody it has heard, for the first time after three heartbeats, then every ten seconds', () => {
    const { reports, told, run } = begun();
    run(1, 4);
    reports.heard('a', 's', 4);
    run(5, 5);
    expect(told).toEqual([]);
    run(6, 6);
    expect(summary(told)).toEqual(['rollUp a heard']);
    reports.heard('a', 's', 7);
    run(7, 12);
    reports.heard('a', 's', 12);
    run(13, 15);
    expect(told).toHaveLength(1);
    run(16, 16);
    expect(summary(told)).toEqual(['rollUp a heard', 'rollUp a heard']);
  });

  it('tell who has missed almost three heartbeats, and who is back', () => {
    const { reports, told, run } = begun();
    reports.heard('a', 's', 1);
    run(1, 6);
    told.length = 0;
    run(7, 7);
    expect(summary(told)).toEqual(['change a silent']);
    reports.heard('a', 's', 8);
    expect(summary(told).slice(1)).toEqual(['change a heard']);
  });

  it('call nobody silent for a time in which the primary itself was cut off', () => {
    const { reports, told, run } = begun();
    reports.heard('a', 's', 0);
    run(1, 3);
    run(4, 60, false);
    run(61, 65);
    expect(told).toEqual([]);
    run(66, 66);
    expect(summary(told)).toEqual(['change a silent', 'rollUp a silent']);
  });

  it('call nobody silent for a time in which the process stood still', () => {
    const { reports, told, run } = begun();
    reports.heard('a', 's', 0);
    run(1, 3);
    run(12, 17);
    expect(told).toEqual([]);
    run(18, 19);
    expect(summary(told)).toEqual(['change a silent', 'rollUp a silent']);
  });

  it('come in parts where a zone is too large for one message', () => {
    const { reports, told, run } = begun();
    for (let number = 0; number < 6_001; number += 1) reports.heard(`a${number}`, 's', 1);
    run(1, 6);
    expect(told.map(({ agents, part }) => [agents.length, part])).toEqual([
      [6_000, { number: 1, of: 2 }],
      [1, { number: 2, of: 2 }],
    ]);
  });
});
