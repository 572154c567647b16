import type { ConnectionId, PrimaryKey } from '@klevr/contracts/presence';
import { KeyRegister } from './key-register.fixture.js';
import { settle } from './settlement.js';
import { VirtualTime } from './virtual-time.fixture.js';
import { newZoneElection, type ElectionAction, type ElectionEvent, type WriteResult, type ZoneElection } from './settlement-types.js';

/**
 * One zone, several replicas, agents and one compare-and-set register in virtual time. Messages of one sender to one receiver keep their order;
 * everything else is as late as the seed says. The same seed and faults give the same run.
 */
export interface SimulationOptions {
  readonly seed: number;
  readonly replicas: number;
  readonly agents: number;
  /** Of writes, in percent: the answer is lost, and the write landed or not. */
  readonly lostAnswers?: number;
  readonly readyMs?: number;
}

interface Agent {
  readonly id: string;
  alive: boolean;
  frozen: boolean;
  session: string | undefined;
  conn: ConnectionId;
  epoch: number | undefined;
}

interface Replica {
  readonly zone: ZoneElection;
  alive: boolean;
  readonly timers: Map<string, number>;
}

export class ElectionSimulation {
  /** Who took up which epoch. */
  readonly takenUp: { epoch: number; agentId: string; session: string }[] = [];
  readonly faults: string[] = [];
  readonly agents: Agent[];
  readonly register = new KeyRegister();
  private readonly replicas: Replica[];
  private armed = 0;
  private made = 0;
  readonly time: VirtualTime;

  constructor(private readonly options: SimulationOptions) {
    this.time = new VirtualTime(options.seed);
    this.replicas = Array.from({ length: options.replicas }, () => ({ zone: newZoneElection(), alive: true, timers: new Map() }));
    this.agents = Array.from({ length: options.agents }, (_, index) => ({
      ...{ id: `agt_${index}`, alive: false, frozen: false, session: undefined, epoch: undefined },
      conn: { serverId: 'S', clientId: 0 },
    }));
    for (const replica of this.replicas) this.tell(replica, { kind: 'reconnected' });
  }

  /** A new process of the agent: it connects, says hello, and is granted a session. */
  startAgent(index: number): void {
    const agent = this.at(index);
    if (agent.alive) return;
    Object.assign(agent, { alive: true, frozen: false, session: undefined, epoch: undefined });
    agent.conn = { serverId: 'S', clientId: ++this.made };
    this.hello(agent);
  }

  killAgent(index: number): void {
    const agent = this.at(index);
    if (!agent.alive) return;
    agent.alive = false;
    this.cut(agent);
  }

  /** The connection breaks and is there again under another id; session and work go on. */
  blip(index: number): void {
    const agent = this.at(index);
    if (!agent.alive || agent.frozen) return;
    this.cut(agent);
    agent.conn = { serverId: 'S', clientId: ++this.made };
    this.time.later(100 + this.time.random() * 100, () => this.hello(agent));
  }

  freeze(index: number, frozen: boolean): void {
    const agent = this.at(index);
    agent.frozen = frozen;
    if (!frozen && agent.alive) this.hello(agent);
  }

  goodbye(index: number): void {
    const agent = this.at(index);
    if (!agent.alive || agent.frozen || agent.session === undefined) return;
    const { id: agentId, session } = agent;
    const answering = this.anyReplica();
    for (const replica of this.replicas)
      this.send(agentId, replica, 3, { kind: 'leaves', agentId, session, answering: replica === answering });
    agent.alive = false;
  }

  handOver(): void {
    const replica = this.anyReplica();
    if (replica) this.tell(replica, { kind: 'handOver', to: undefined });
  }

  deleteKey(): void {
    if (this.register.key !== null) this.write(null, this.register.revision);
  }

  killReplica(index: number): void {
    const replica = this.replicas[index % this.replicas.length];
    if (replica && this.replicas.filter(({ alive }) => alive).length > 1) replica.alive = false;
  }

  /** The holder that the key names, if it is ready and that agent lives in that session. */
  livingPrimary(): Agent | undefined {
    const { key } = this.register;
    return typeof key?.epoch !== 'number'
      ? undefined
      : this.agents.find(({ id, alive, frozen, session }) => alive && !frozen && id === key.agentId && session === key.session);
  }

  private cut({ id: agentId, conn }: Agent): void {
    for (const replica of this.replicas) this.send(`sys${conn.clientId}`, replica, 9, { kind: 'cut', agentId, conn });
  }

  private hello(agent: Agent): void {
    if (!agent.alive || agent.frozen) return;
    const answering = this.anyReplica();
    const { id: agentId, conn, session: asked } = agent;
    const stands = { kind: 'stands', agentId, conn, load: 0, preference: 'normal', standing: true } as const;
    for (const replica of this.replicas) this.send(agentId, replica, 3, { ...stands, session: asked, answering: false });
    this.time.later(3 + this.time.random() * 5, () => {
      if (!answering?.alive || agent.conn !== conn || !agent.alive) return this.time.later(200, () => this.hello(agent));
      agent.session ??= `ses_${++this.made}`;
      this.tell(answering, { ...stands, session: agent.session, answering: true });
      this.hearKey(agent, this.register.revision, this.register.key);
    });
  }

  private hearKey(agent: Agent, revision: number, key: PrimaryKey | null): void {
    if (!agent.alive || agent.frozen || key?.agentId !== agent.id || key.session !== agent.session) return;
    const epoch = key.epoch ?? revision;
    if (key.epoch === null && agent.epoch !== epoch)
      this.time.later(this.time.random() * (this.options.readyMs ?? 20), () => this.sign(agent, epoch));
  }

  private sign(agent: Agent, epoch: number): void {
    if (!agent.alive || agent.frozen || agent.session === undefined || agent.epoch === epoch) return;
    const answering = this.anyReplica();
    const sign = { kind: 'sign', agentId: agent.id, session: agent.session, epoch, conn: agent.conn } as const;
    for (const replica of this.replicas) this.send(agent.id, replica, 3, { ...sign, ref: undefined });
    this.time.later(3, () => answering && this.tell(answering, { ...sign, ref: epoch }));
  }

  private perform(replica: Replica, action: ElectionAction): void {
    const soon = (): number => this.time.random() * 4;
    if (action.kind === 'read') {
      const { revision, key } = this.register;
      this.time.later(soon(), () => this.tell(replica, { kind: 'keyRead', revision, key, knownRevision: action.knownRevision }));
    } else if (action.kind === 'write') {
      this.time.later(soon(), () => {
        const result = replica.alive ? this.write(action.key, action.expectedRevision) : ({ outcome: 'unknown' } as const);
        this.time.later(soon(), () => this.tell(replica, { kind: 'wrote', writeId: action.writeId, result }));
      });
    } else if (action.kind === 'lookUp') {
      const { agentId } = action;
      const session = this.time.random() < 0.1 ? undefined : this.agents.find(({ id }) => id === agentId)?.session;
      this.time.later(soon(), () => this.tell(replica, { kind: 'lookedUp', agentId, session }));
    } else if (action.kind === 'probe') {
      const agent = this.agents.find(({ id }) => id === action.agentId);
      const alive = agent?.alive === true && !agent.frozen && agent.epoch === action.epoch;
      const waitMs = agent?.frozen ? 1_000 : 2;
      this.time.later(waitMs, () => this.tell(replica, { kind: 'probed', epoch: action.epoch, answer: alive ? 'alive' : 'dead' }));
    } else if (action.kind === 'arm') {
      const armed = ++this.armed;
      replica.timers.set(action.timer, armed);
      this.time.later(action.delayMs + this.time.random() * action.jitterMs, () => {
        if (replica.timers.get(action.timer) !== armed) return;
        replica.timers.delete(action.timer);
        this.tell(replica, { kind: 'timer', timer: action.timer });
      });
    } else if (action.kind === 'answer') this.answered(action.ref, action.outcome);
  }

  /** The reference of a sign is its epoch here. */
  private answered(epoch: number, outcome: 'primary' | 'notPrimary' | 'unavailable'): void {
    const named = this.register.history.get(epoch);
    const agent = this.agents.find(({ id }) => id === named?.agentId);
    if (outcome === 'unavailable' && agent) return this.time.later(100, () => this.sign(agent, epoch));
    if (outcome !== 'primary' || !named || !agent) return;
    this.takenUp.push({ epoch, agentId: named.agentId, session: named.session });
    if (agent.alive && agent.session === named.session && agent.epoch !== epoch) {
      agent.epoch = epoch;
      this.beat(agent, epoch);
    }
  }

  private beat(agent: Agent, epoch: number): void {
    if (!agent.alive || agent.epoch !== epoch || agent.session === undefined) return;
    const beat = { kind: 'beat', agentId: agent.id, session: agent.session, epoch } as const;
    if (!agent.frozen) for (const replica of this.replicas) this.send(agent.id, replica, 3, beat);
    this.time.later(1_000, () => {
      this.beat(agent, epoch);
      const answering = agent.frozen || agent.epoch !== epoch || this.time.random() < 0.8 ? undefined : this.anyReplica();
      if (answering) this.tell(answering, { ...beat, kind: 'sign', ref: epoch, conn: agent.conn });
    });
  }

  private write(key: PrimaryKey | null, expected: number): WriteResult {
    const lost = key !== null && this.time.random() * 100 < (this.options.lostAnswers ?? 0);
    if (lost && this.time.random() < 0.5) return { outcome: 'unknown' };
    const result = this.register.put(key, expected);
    if (result.outcome === 'written') {
      const { revision } = result;
      for (const replica of this.replicas) this.send('stream', replica, 5, { kind: 'keyHeard', revision, key });
      for (const agent of this.agents) this.time.later(this.time.random() * 5, () => this.hearKey(agent, revision, key));
    }
    return lost ? { outcome: 'unknown' } : result;
  }

  private tell(replica: Replica, event: ElectionEvent): void {
    if (!replica.alive) return;
    const now = { monotonicMs: this.time.nowMs, wallMs: 1_700_000_000_000 + this.time.nowMs };
    const actions = settle(replica.zone, event, now);
    for (const action of actions) this.perform(replica, action);
    this.checkLiveness(replica, event.kind);
  }

  /** A replica that knows of a vacancy and of somebody to appoint is never idle. */
  private checkLiveness({ zone, timers }: Replica, event: string): void {
    const someone = [...zone.candidates.values()].some(({ away, agentId }) => !away && agentId !== zone.vacancy?.holder?.agentId);
    const busy = zone.reading || zone.appointing !== undefined || zone.lookingUp !== undefined || timers.has('retry');
    if (zone.seen !== undefined && zone.vacancy && someone && !busy)
      this.faults.push(`idle with a vacancy after ${event} at ${this.time.nowMs}`);
  }

  private send(from: string, replica: Replica, lateMs: number, event: ElectionEvent): void {
    this.time.send(`${from}>${this.replicas.indexOf(replica)}`, lateMs, () => this.tell(replica, event));
  }

  private anyReplica(): Replica | undefined {
    const living = this.replicas.filter(({ alive }) => alive);
    return living[Math.floor(this.time.random() * living.length)];
  }

  private at(index: number): Agent {
    const agent = this.agents[index % this.agents.length];
    if (agent === undefined) throw new RangeError('no agents');
    return agent;
  }
}
