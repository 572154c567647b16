import type { KnownAttempt } from '@klevr/contracts/presence';
import { claimRuns } from '../dispatch/claim.js';
import { judgeBatch, parseFacts, type Effects } from '../facts/fact-batch.js';
import { Room } from '../governors/room.js';
import { judgeHello } from '../hosts/judge-hello.js';
import { sweepRun } from '../sweep/sweep-run.js';
import { loseSight } from './attempt-end.js';
import { cancelRun } from './cancel-run.js';
import { PlayedAgent, runId, type SentCommand } from './played-agent.fixture.js';
import { loaded, reasonAt, type LoadedRun, type RunRow } from './run-row.js';
import { after, t0 } from './run-row.fixture.js';
import { edges, isEnded, isHeld } from './run-state.js';

/**
 * One run, two agents and the wires between them, where anything may happen in any order. The deciding code is the real one; everything around it
 * (stores, NATS, agents) is played here, as those promise to be.
 */
export class RunWorld {
  seconds = 0;
  readonly agents = [new PlayedAgent('agt_1', 1), new PlayedAgent('agt_2', 2)];
  /** On its way, and there for good: a copy may arrive late, or again. */
  readonly wire: SentCommand[] = [];
  readonly faults: string[] = [];
  private readonly pastAgents = new Map<string, string>();
  private readonly online = new Map<string, boolean>(this.agents.map(({ agentId }) => [agentId, true]));
  private readonly heard = new Map<string, { session: string; journalId: string }>();
  private readonly cursors = new Map<string, { lastSeq: number }>();
  private readonly table = new Set(edges.map(([from, , to]) => `${from} ${to}`));

  constructor(public row: RunRow) {
    for (const agent of this.agents) this.heard.set(agent.agentId, { session: agent.session, journalId: agent.journalId });
  }

  get now(): Date {
    return after(this.seconds);
  }

  /** Time goes on, and with it every agent's own clock. */
  wait(seconds: number): void {
    for (let passed = 0; passed < seconds; passed++) {
      this.seconds += 1;
      for (const agent of this.agents) agent.tick(this.seconds);
      this.look();
    }
  }

  claim(): void {
    this.decide((run) => {
      if (run.row.state === 'queued' && run.row.due && run.row.agentId === null) {
        const free = this.agents.find(({ agentId }) => this.online.get(agentId) === true);
        if (free !== undefined) run.row.agentId = free.agentId;
      }
      const agents = this.agents.map(({ agentId }) => {
        const { session, journalId } = this.heard.get(agentId) ?? { session: '', journalId: '' };
        return [
          agentId,
          { online: this.online.get(agentId) === true, drained: false, removed: false, session, journalId, since: t0 },
        ] as const;
      });
      const room = new Room({ zone: 9, perHost: 9 }, []);
      const primary = { kind: 'none' as const, epoch: 1 };
      const wasSent = run.row.state === 'dispatched' && (run.row.wakeAt === null || run.row.wakeAt > this.now);
      if (wasSent) return;
      const { send, cancel } = claimRuns([run], { agents: new Map(agents), primary, room, now: this.now });
      for (const row of send) this.wire.push(this.commandOf(row, 'run'));
      for (const row of cancel) this.wire.push(this.commandOf(row, 'cancel'));
    });
  }

  sweep(): void {
    this.decide((run) => {
      if (run.row.wakeAt === null || run.row.wakeAt > this.now || run.row.state === 'dispatched') return;
      if (sweepRun(run, this.now) === 'cancel') this.wire.push(this.commandOf(run.row, 'cancel'));
    });
  }

  deliver(index: number): void {
    const command = this.wire[index % Math.max(1, this.wire.length)];
    const agent = this.agents.find(({ agentId }) => agentId === command?.agentId);
    if (command !== undefined) agent?.take(command, this.seconds);
  }

  cancel(): void {
    this.decide((run) => {
      if (!isEnded(run.row.state)) cancelRun(run, reasonAt('CANCELED_BY_USER', 'canceled', this.now), this.now);
    });
  }

  /** Only of an agent that cannot be reached: the centre probes before it says so. */
  lost(index: number): void {
    const agent = this.agentAt(index);
    if (agent.linked) return;
    this.online.set(agent.agentId, false);
    this.decide((run) => {
      const { row } = run;
      const theirs = row.agentId === agent.agentId && (isHeld(row.state) || (row.leaseUntil !== null && !isEnded(row.state)));
      if (theirs) loseSight(run, reasonAt('AGENT_LOST', 'lost', this.now), this.now);
    });
  }

  hello(index: number): void {
    const agent = this.agentAt(index);
    if (!agent.linked) return;
    const { session, journalId, agentId } = agent;
    const sameSession = this.heard.get(agentId)?.session === session;
    this.heard.set(agentId, { session, journalId });
    this.online.set(agentId, true);
    const attempts: KnownAttempt[] = agent.known();
    this.decide((run) => {
      const own = run.row.agentId === agentId;
      const open = own && !isEnded(run.row.state) ? [run] : [];
      for (const verdict of judgeHello({ journalId, attempts, sameSession }, open, own && open.length === 0 ? [run] : [], this.now)) {
        agent.obey(verdict, this.seconds);
      }
    });
  }

  /** The first facts of an agent's spool; with `unanswered` it sends them again. */
  facts(index: number, count: number, unanswered: boolean): void {
    const agent = this.agentAt(index);
    const facts = agent.spool.slice(0, count);
    if (!agent.linked || facts.length === 0) return;
    const cursor = this.cursors.get(agent.journalId) ?? { lastSeq: 0 };
    this.cursors.set(agent.journalId, cursor);
    const source = {
      zoneId: this.row.zoneId,
      agentId: agent.agentId,
      batch: { journalId: agent.journalId, lane: 'events' as const, facts },
    };
    for (const fact of facts) this.oneFact({ ...source, batch: { ...source.batch, facts: [fact] } }, cursor);
    if (!unanswered) agent.spool.splice(0, facts.length);
  }

  alive(index: number): void {
    const agent = this.agentAt(index);
    const { row } = this;
    if (!agent.linked || agent.running === undefined) return;
    const present = row.movable && row.agentId === agent.agentId && row.attempt === agent.running && !isEnded(row.state);
    if (present)
      row.leaseUntil = new Date(Math.max(row.leaseUntil?.getTime() ?? 0, this.now.getTime() + (row.retry?.aloneSeconds ?? 0) * 1000));
    agent.answered(present, this.seconds);
  }

  agentAt(index: number): PlayedAgent {
    const agent = this.agents[index % this.agents.length];
    if (agent === undefined) throw new Error('there is no such agent');
    return agent;
  }

  private oneFact(source: Parameters<typeof parseFacts>[0], cursor: { lastSeq: number }): void {
    this.decide((run) => {
      const effects: Effects = { events: [], chunks: [], refused: [], staleZones: new Set() };
      judgeBatch(source, parseFacts(source), cursor, {
        runs: new Map([[runId, run]]),
        pastAgents: this.pastAgents,
        effects,
        now: this.now,
      });
      for (const { detail } of effects.refused) this.faults.push(`a fact was refused: ${detail}`);
    });
  }

  private decide(change: (run: LoadedRun) => void): void {
    const before = structuredClone(this.row);
    const run = loaded(structuredClone(this.row));
    change(run);
    const { state } = run.row;
    for (const { attempt, agentId } of run.past) this.pastAgents.set(`${runId} ${attempt}`, agentId);
    if (state !== before.state && !this.table.has(`${before.state} ${state}`)) this.faults.push(`${before.state} became ${state}`);
    if (isEnded(before.state) && state !== before.state) this.faults.push(`${before.state} was left`);
    if (run.past.length > 1) this.faults.push('two attempts ended at once');
    if (![0, 1].includes(run.row.attempt - before.attempt)) this.faults.push('an attempt was left out');
    this.row = run.row;
    this.look();
  }

  private look(): void {
    const busy = this.agents.filter(({ running }) => running !== undefined);
    if (busy.length > 1) this.faults.push(`attempts ${busy.map(({ running }) => running).join(' and ')} run at the same time`);
    const starts = this.agents.flatMap((agent) => agent.starts);
    if (new Set(starts).size < starts.length) this.faults.push(`an attempt was started twice: ${starts.join(', ')}`);
    if (this.row.execution === 'atMostOnce' && starts.length > 1) this.faults.push('a run that is to start once was started again');
    if (this.row.retry !== null && this.row.retries >= this.row.retry.maxAttempts) this.faults.push('more attempts than the policy gives');
  }

  private commandOf(row: RunRow, verb: 'run' | 'cancel'): SentCommand {
    const { agentId, session, attempt, notAfterAt, retry, movable } = row;
    const aloneSeconds = movable && retry !== null ? retry.aloneSeconds : undefined;
    const notAfter = verb === 'run' && notAfterAt !== null ? (notAfterAt.getTime() - t0.getTime()) / 1000 : this.seconds + 30;
    return { verb, agentId: agentId ?? '', session: session ?? '', attempt, notAfter, aloneSeconds };
  }
}
