import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ConnectionId, Hello, PrimaryKey, Report } from '@klevr/contracts/presence';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { loadScoreOf } from '../hosts/load-score.js';
import { ConnectionsWatcher } from '../liveness/connections.watcher.js';
import { DutyWatch } from '../liveness/duty.watch.js';
import { CandidatesSource } from './candidates.source.js';
import { ElectionShell } from './election.shell.js';
import { holderOf, sameConn, type Preference } from '@klevr/election/settlement-types';

/** Mostly a hello is granted within the first; one that waits for another machine's answer to a probe, within the second. */
const grantedWithinMs = [500, 2_000];

/** What every replica hears plainly. It changes memory only, except that a holder's report may make an agent suspect. */
@Injectable()
export class HearingService implements BeforeApplicationShutdown {
  private readonly learning = new Set<CancelTimer>();

  constructor(
    private readonly election: ElectionShell,
    private readonly candidates: CandidatesSource,
    private readonly connections: ConnectionsWatcher,
    private readonly duty: DutyWatch,
    private readonly clock: Clock,
  ) {}

  key(zoneId: string, revision: number, key: PrimaryKey | null): void {
    if (Number.isSafeInteger(revision) && revision > 0) this.election.hear(zoneId, { kind: 'keyHeard', revision, key });
  }

  async hello(zoneId: string, agentId: string, hello: Hello): Promise<void> {
    const entry = await this.candidates.entryOf(agentId);
    if (entry?.zoneId !== zoneId) return;
    const { session, conn } = hello;
    const candidate = this.election.view(zoneId)?.candidates.get(agentId);
    const goesOn = session !== null && (candidate?.session === undefined || candidate.session === session);
    // A session that is new here, of one that has another which is not known to be cut, counts once the table has it: until then it may be refused,
    // as that of a second machine with the identity.
    if (goesOn || candidate === undefined || candidate.away || sameConn(candidate.conn, conn)) {
      this.stands(zoneId, agentId, session ?? undefined, entry.preference, hello);
    }
    if (!goesOn) this.learnSoon(zoneId, agentId, hello);
  }

  private stands(
    zoneId: string,
    agentId: string,
    session: string | undefined,
    preference: Preference,
    { conn, standing, load }: Hello,
  ): void {
    this.connections.moved(agentId, conn, this.clock.nowMs());
    this.duty.helloHeard(zoneId, agentId, load.cpu);
    this.election.hear(zoneId, { kind: 'stands', agentId, session, conn, load: loadScoreOf(load), preference, standing, answering: false });
  }

  private learnSoon(zoneId: string, agentId: string, hello: Hello): void {
    const before = this.election.view(zoneId)?.candidates.get(agentId)?.session;
    for (const delayMs of grantedWithinMs) {
      const cancel = this.clock.setTimer(() => {
        this.learning.delete(cancel);
        // This replica granted it itself, or has looked before: in a storm of hellos the table has other things to answer.
        const candidate = this.election.view(zoneId)?.candidates.get(agentId);
        if (candidate?.session !== undefined && candidate.session !== before && sameConn(candidate.conn, hello.conn)) return;
        void this.candidates.granted(agentId, hello.conn).then((granted) => {
          const known = this.election.view(zoneId)?.candidates.get(agentId)?.session;
          if (granted && granted.session !== known) this.stands(zoneId, agentId, granted.session, granted.preference, hello);
        });
      }, delayMs);
      this.learning.add(cancel);
    }
  }

  beforeApplicationShutdown(): void {
    for (const cancel of this.learning) cancel();
  }

  sign(zoneId: string, agentId: string, { session, epoch, conn }: { session: string; epoch: number; conn: ConnectionId }): void {
    this.connections.moved(agentId, conn, this.clock.nowMs());
    this.election.hear(zoneId, { kind: 'sign', ref: undefined, agentId, session, epoch, conn });
  }

  goodbye(zoneId: string, agentId: string, session: string): void {
    this.election.hear(zoneId, { kind: 'leaves', agentId, session, answering: false });
  }

  report(zoneId: string, agentId: string, report: Report): void {
    const { session, epoch } = report;
    this.election.hear(zoneId, { kind: 'beat', agentId, session, epoch });
    const zone = this.election.view(zoneId);
    const holder = zone && holderOf(zone);
    // Only the current holder of the epoch is believed about others.
    const believed = holder?.agentId === agentId && holder.session === session && holder.epoch === epoch && !zone?.vacancy;
    this.duty.reported(zoneId, agentId, believed ? report.agents : [], report.cpuLoad);
  }
}
