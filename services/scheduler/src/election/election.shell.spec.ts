import { describe, expect, it } from '@jest/globals';
import type { Candidate } from '@klevr/election/settlement-types';
import type { Clock } from '@klevr/platform/clock';
import type { AgentProber } from '../hosts/agent.prober.js';
import type { CandidatesSource } from './candidates.source.js';
import { ElectionShell } from './election.shell.js';
import type { PrimariesKeeper } from './primaries.keeper.js';
import type { TermRecorder } from './term.recorder.js';

const candidate: Candidate = {
  ...{ agentId: 'agt_1', session: 'ses_1', conn: undefined, preference: 'normal', load: 0, away: false, failedAtMs: undefined },
};

/** Everything that was asked for has been answered. */
const answered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the shell of the election', () => {
  it('reads the candidates of a zone again when the database could not be asked, and stops with the service', async () => {
    const found = [undefined, undefined, [candidate]];
    let asked = 0;
    const timers = new Set<() => void>();
    const clock: Pick<Clock, 'monotonicMs' | 'nowMs' | 'setTimer'> = {
      monotonicMs: () => 0,
      nowMs: () => 0,
      setTimer: (work) => {
        timers.add(work);
        return () => timers.delete(work);
      },
    };
    const source = { ofZone: () => Promise.resolve(found[asked++]) } as unknown as CandidatesSource;
    const keeper = { read: () => new Promise(() => undefined) } as unknown as PrimariesKeeper;
    const others = [{} as AgentProber, {} as TermRecorder] as const;
    const shell = new ElectionShell(keeper, source, ...others, clock as Clock);
    const fire = async (): Promise<void> => {
      const due = [...timers];
      timers.clear();
      for (const timer of due) timer();
      await answered();
    };
    const zone = shell.keep('zone_1');
    await answered();
    expect([...zone.candidates.keys()]).toEqual([]);
    await fire();
    expect([...zone.candidates.keys()]).toEqual([]);
    await fire();
    expect([...zone.candidates.keys()]).toEqual(['agt_1']);
    shell.onApplicationShutdown();
    await fire();
    expect(asked).toBe(3);
  });
});
