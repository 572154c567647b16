import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ConnectionId, Hello, PrimaryKey, Report } from '@klevr/contracts/presence';
import { Clock, type CancelTimer } from '@klevr/platform/clock';
import { loadScoreOf } from '../hosts/load-score.js';
import { Roster } from '../hosts/roster.js';
import { ConnectionsWatcher } from '../liveness/connections.watcher.js';
import { CandidatesSource } from './candidates.source.js';
import { ElectionShell } from './election.shell.js';
import { holderOf } from '@klevr/election/settlement-types';

const grantedWithinMs = 500;

/** What every replica hears plainly. It changes memory only, except that a holder's report may make an agent suspect. */
@Injectable()
export class HearingService implements BeforeApplicationShutdown {
  private readonly learning = new Set<CancelTimer>();

  constructor(
    private readonly election: ElectionShell,
    private readonly candidates: CandidatesSource,
    private readonly roster: Roster,
    private readonly connections: ConnectionsWatcher,
    private readonly clock: Clock,
  ) {}

  key(zoneId: string, revision: number, key: PrimaryKey | null): void {
    if (Number.isSafeInteger(revision) && revision > 0) this.election.hear(zoneId, { kind: 'keyHeard', revision, key });
  }

  async hello(zoneId: string, agentId: string, hello: Hello): Promise<void> {
    const entry = await this.candidates.entryOf(agentId);
    if (entry?.zoneId !== zoneId) return;
    const { conn, standing, load } = hello;
    this.moved(agentId, conn);
    const session = hello.session ?? undefined;
    const { preference } = entry;
    this.election.hear(zoneId, { kind: 'stands', agentId, session, conn, load: loadScoreOf(load), preference, standing, answering: false });
    if (session === undefined) this.learnSoon(zoneId, agentId);
  }

  /** The replica that answers grants the session; it is in the table soon, and an election should not have to wait for it. */
  private learnSoon(zoneId: string, agentId: string): void {
    const cancel = this.clock.setTimer(() => {
      this.learning.delete(cancel);
      void this.candidates.sessionOf(agentId).then((session) => this.election.hear(zoneId, { kind: 'lookedUp', agentId, session }));
    }, grantedWithinMs);
    this.learning.add(cancel);
  }

  beforeApplicationShutdown(): void {
    for (const cancel of this.learning) cancel();
  }

  sign(zoneId: string, agentId: string, { session, epoch, conn }: { session: string; epoch: number; conn: ConnectionId }): void {
    this.moved(agentId, conn);
    this.election.hear(zoneId, { kind: 'sign', ref: undefined, agentId, session, epoch, conn });
  }

  goodbye(zoneId: string, agentId: string, session: string): void {
    this.election.hear(zoneId, { kind: 'leaves', agentId, session, answering: false });
  }

  async report(zoneId: string, agentId: string, report: Report): Promise<void> {
    const { session, epoch } = report;
    this.election.hear(zoneId, { kind: 'beat', agentId, session, epoch });
    this.roster.heard(agentId, this.clock.nowMs());
    if (report.agents.length === 0) return;
    const zone = this.election.view(zoneId);
    const holder = zone && holderOf(zone);
    // Only the current holder of the epoch is believed about others.
    if (holder?.agentId !== agentId || holder.session !== session || holder.epoch !== epoch || zone?.vacancy) return;
    for (const member of report.agents) {
      if (this.roster.find(member.agentId)?.zoneId !== zoneId || member.agentId === agentId) continue;
      if (member.state === 'heard') this.roster.heard(member.agentId, this.clock.nowMs() - Math.max(0, member.lastHeardMsAgo));
      await this.connections.reported(member.agentId, member.session, member.state);
    }
  }

  private moved(agentId: string, conn: ConnectionId): void {
    this.roster.movedTo(agentId, conn);
    this.roster.heard(agentId, this.clock.nowMs());
    this.connections.told(conn);
  }
}
