import { step } from '../primary-role.js';
import { settle } from '../settlement.js';
import { AgentModel } from './agent-model.fixture.js';
import { Database } from './database.fixture.js';
import { faultKinds, strike, type FaultKind } from './faults.fixture.js';
import { Hub } from './hub.fixture.js';
import { Ledger } from './ledger.fixture.js';
import { SimulatedProcess } from './process.fixture.js';
import { SchedulerModel } from './scheduler-model.fixture.js';
import { VirtualTime } from './virtual-time.fixture.js';

/**
 * One zone from one seed: scheduler replicas and agents that run the real rules, a NATS server, a bucket, a database, and a story of faults. After
 * the faults the zone must settle; then its primary is killed, and it must settle at once.
 * Promises: the same seed and rules give the same story. Does not: model the network inside a cluster of NATS servers; to a zone they are one.
 */
export interface Rules {
  readonly settle: typeof settle;
  readonly step: typeof step;
}

export interface Outcome {
  readonly faults: readonly string[];
  readonly story: readonly string[];
  readonly appointments: number;
  readonly writes: number;
  readonly deliveries: number;
  readonly settledAfterMs: number;
  readonly failoverMs: number;
  readonly events: number;
}

/** After the last fault is gone. What takes longest: 15 s of pings on a connection that died unseen, then a look at a silent primary. */
const settledWithinMs = 30_000;
const steadyMs = 8_000;
const stableForMs = 10_000;
const failoverWithinMs = { cut: 1_200, silent: 5_000 };
const lookEachMs = 20;
const clockDrift = 0.1;

export class ZoneSimulation {
  readonly time: VirtualTime;
  readonly hub: Hub;
  readonly database: Database;
  readonly ledger: Ledger;
  readonly agents: AgentModel[];
  readonly schedulers: SchedulerModel[];
  readonly story: string[] = [];
  private struck = 0;

  constructor(seed: number, rules: Rules = { settle, step }) {
    this.time = new VirtualTime(seed);
    const { time } = this;
    this.hub = new Hub(time);
    this.database = new Database(this.hub);
    this.ledger = new Ledger(
      this.hub.keys,
      time,
      (name) => (this.agents.find((agent) => agent.name === name)?.process.monotonicMs() ?? 0) / 1_000,
    );
    const newProcess = (): SimulatedProcess => new SimulatedProcess(time, time.between(1 - clockDrift, 1 + clockDrift));
    const { hub, database, ledger } = this;
    const world = { hub, database, ledger, rules };
    this.schedulers = Array.from(
      { length: time.chance(0.5) ? 2 : 3 },
      (_, index) => new SchedulerModel(`sched_${index}`, newProcess(), world),
    );
    const size = 1 + Math.floor(time.random() * 5);
    this.agents = Array.from({ length: size }, (_, index) => {
      const preference = time.chance(0.15) ? 'never' : time.chance(0.2) ? 'first' : 'normal';
      this.database.enrol(`agt_${index}`, preference);
      return new AgentModel(`agt_${index}`, preference, newProcess(), world);
    });
    this.dispatchLater();
  }

  run(): Outcome {
    const { time, hub } = this;
    for (const process of [...this.schedulers, ...this.agents]) time.later(time.random() * 2_000, () => process.start());
    if (time.chance(0.5)) Object.assign(hub, { lost: time.between(0, 0.05), doubled: time.between(0, 0.05) });
    time.run(time.between(0, 4_000));
    for (let left = 3 + Math.floor(time.random() * 10); left > 0; left--) {
      const kind: FaultKind = time.pick(faultKinds) ?? 'killAgent';
      this.story.push(`${(time.nowMs / 1_000).toFixed(3)} s: ${kind} ${strike(this, kind)}`);
      this.struck++;
      time.run(time.chance(0.5) ? time.random() * 300 : time.random() * 6_000);
    }
    this.heal();
    const settledAfterMs = this.settle('after the faults', settledWithinMs, steadyMs);
    this.expectStable();
    const failoverMs = this.failOver();
    const { writes, terms } = hub.keys;
    this.ledger.faults.push(...hub.keys.faults);
    const appointments = terms.size;
    this.expectBounded();
    const { faults, deliveries } = this.ledger;
    return { faults, story: this.story, appointments, writes, deliveries, settledAfterMs, failoverMs, events: time.events };
  }

  /** The one that the key names, if it is ready, there, and believes it. */
  primary(): AgentModel | undefined {
    const { key, exists } = this.hub.keys;
    if (!exists || typeof key?.epoch !== 'number') return undefined;
    const { agentId, session, epoch } = key;
    return this.agents.find((agent) => agent.name === agentId && agent.session === session && agent.leads() && leadsIn(agent, epoch));
  }

  private heal(): void {
    const { hub, database } = this;
    this.story.push(`${(this.time.nowMs / 1_000).toFixed(3)} s: everything heals`);
    Object.assign(hub, { lost: 0, doubled: 0 });
    hub.keys.hasQuorum = true;
    database.up = true;
    if (!hub.up) hub.start();
    for (const host of [...this.schedulers, ...this.agents]) {
      Object.assign(host.link, { up: true, down: true });
      hub.changed(host);
      host.process.thaw();
      host.start();
    }
  }

  private settle(when: string, withinMs: number, steadyMs: number): number {
    const from = this.time.nowMs;
    const candidates = this.agents.some(({ preference }) => preference !== 'never');
    for (let since: number | undefined; (since ?? this.time.nowMs) - from < withinMs;) {
      this.time.run(lookEachMs);
      since = this.settled() ? (since ?? this.time.nowMs) : undefined;
      // Right after a fault the old primary may look well, and what ends it be under way.
      if (since !== undefined && this.time.nowMs - since >= steadyMs) return since - from;
    }
    const { key, revision } = this.hub.keys;
    if (candidates) this.ledger.fault(`no single ready primary within ${withinMs} ms ${when}: ${revision} ${JSON.stringify(key)}`);
    else if (key !== null) this.ledger.fault(`a zone whose every agent never stands has ${key.agentId}`);
    return withinMs;
  }

  private settled(): boolean {
    return this.primary() !== undefined && this.agents.filter((agent) => agent.leads()).length === 1;
  }

  /** Nothing happens, so nothing changes but stamps. */
  private expectStable(): void {
    if (this.primary() === undefined) return;
    // Somebody may still be on its way back; its arrival deposes nobody.
    const { keys } = this.hub;
    const [epoch, writes] = [keys.key?.epoch, keys.writes];
    this.time.run(stableForMs);
    if (keys.key?.epoch !== epoch) this.ledger.fault(`epoch ${epoch} ended in quiet, now ${JSON.stringify(keys.key)}`);
    if (keys.writes - writes > stableForMs / 4_000 + 3) this.ledger.fault(`${keys.writes - writes} writes in ${stableForMs} quiet ms`);
    if (!this.settled()) this.ledger.fault('a settled zone has not one primary any more');
  }

  /** The primary dies, in half of the stories at the very moment of a stamp. */
  private failOver(): number {
    const primary = this.primary();
    const others = this.agents.filter((agent) => agent !== primary && agent.preference !== 'never' && agent.process.alive);
    if (primary === undefined || others.every(({ session }) => session === null)) return 0;
    // In some stories it is the last one when it dies, and the others come back a moment later.
    const last = this.time.chance(0.3);
    if (last) for (const other of others) other.kill();
    this.time.run(last ? 300 : 0);
    if (this.time.chance(0.5)) {
      let sent = false;
      primary.onStampSent = () => (sent = true);
      for (let waits = 0; !sent && waits < 10_000; waits++) this.time.run(1);
      primary.onStampSent = () => undefined;
    }
    const { writes } = this.hub.keys;
    const seen = this.schedulers.some((scheduler) => scheduler.knows(primary.dialer.connection?.id));
    primary.kill();
    this.time.run(last ? 50 : 0);
    for (const other of others) other.start();
    const tookMs = this.settle('after the death of the primary', failoverWithinMs[seen ? 'cut' : 'silent'], 0);
    // One appointment and its ready; a stamp, and for each who has to learn its session first, one more.
    if (this.hub.keys.writes - writes > 8) this.ledger.fault(`${this.hub.keys.writes - writes} writes for one failover`);
    return tookMs;
  }

  /** A fault costs a few writes, not a storm of them; stamps come by the clock. */
  private expectBounded(): void {
    const { writes, terms } = this.hub.keys;
    const most = 6 * (this.struck + this.agents.length + 2) + this.time.nowMs / 300;
    if (writes > most) this.ledger.fault(`${writes} writes, ${terms.size} appointments after ${this.struck} faults`);
  }

  /** The task-manager: sends to the epoch that it last heard of, now and then to an earlier one. */
  private dispatchLater(): void {
    this.time.later(this.time.between(100, 900), () => {
      const epochs = [...this.hub.keys.terms.keys()];
      const epoch = this.time.chance(0.7) ? epochs.at(-1) : this.time.pick(epochs.slice(-4));
      if (epoch !== undefined && this.hub.up) this.hub.zoneCommand(epoch, 'deliver', () => undefined);
      this.dispatchLater();
    });
  }
}

const leadsIn = ({ state }: AgentModel, epoch: number): boolean => state.role === 'primary' && state.epoch === epoch;
