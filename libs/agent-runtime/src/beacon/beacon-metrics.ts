import { performance } from 'node:perf_hooks';
import { Counter, Gauge, Registry } from 'prom-client';
import { isPrimary, stampView, type BeaconState } from './beacon-view.js';
import { hostMetrics } from './host-metrics.js';

export interface BeaconMetrics {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** The agent's and its host's state as Prometheus metrics, read at the moment of asking; nothing is measured while nobody asks. */
export const beaconMetrics = (state: () => BeaconState): BeaconMetrics => {
  const registry = new Registry();
  const gauge = (name: string, help: string, valueOf: (now: BeaconState) => number): void => {
    new Gauge({
      name: `klevr_agent_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(valueOf(state()));
      },
    });
  };
  gauge('connected', '1 while the connection to NATS is there', ({ connected }) => Number(connected));
  gauge('primary', '1 while this agent is the primary of its zone and may act as one', (now) => Number(isPrimary(now)));
  gauge('primary_epoch', 'epoch of the term that this agent holds, else 0', ({ role }) => (role.role === 'primary' ? role.epoch : 0));
  gauge('zone_epoch', "epoch of the zone's primary as far as this agent knows, 0 where there is none", ({ key }) => key?.key?.epoch ?? 0);
  gauge('stamp_age_seconds', "age of the zone's last stamp, -1 where none is known", (now) => stampView(now).ageSeconds ?? -1);
  gauge('runs', 'attempts that run now', ({ runs }) => runs.length);
  gauge('unanswered_facts', 'facts that the centre has not stored yet', ({ unansweredFacts }) => unansweredFacts);
  gauge('resident_memory_bytes', 'resident memory of the agent', () => process.memoryUsage.rss());
  gauge('heap_used_bytes', 'JavaScript heap of the agent in use', () => process.memoryUsage().heapUsed);
  gauge('cpu_seconds', 'processor time of the agent since its start', () => cpuSeconds());
  gauge('event_loop_utilization', 'share of the time since the last scrape in which the event loop was busy', eventLoopUse());
  counters(registry, state);
  const sampleHost = hostMetrics(registry);
  return {
    contentType: registry.contentType,
    text: async () => {
      await sampleHost();
      return registry.metrics();
    },
  };
};

const counters = (registry: Registry, state: () => BeaconState): void => {
  new Counter({
    name: 'klevr_agent_reconnects_total',
    help: 'connections to NATS that were made anew',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(state().counts.reconnects);
    },
  });
  new Counter({
    name: 'klevr_agent_runs_ended_total',
    help: 'attempts that ended, by how they did',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(state().counts.runsEnded)) this.inc({ outcome }, count);
    },
  });
};

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const eventLoopUse = (): (() => number) => {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
};
