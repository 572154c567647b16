import { Gauge, Registry } from 'prom-client';
import { stampView, type BeaconState } from './beacon-view.js';

/** The agent's state as Prometheus metrics, read at the moment of asking. */
export const beaconMetrics = (state: () => BeaconState): Registry => {
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
  gauge('primary_epoch', 'epoch of the term that this agent holds, else 0', ({ role }) => (role.role === 'primary' ? role.epoch : 0));
  gauge('stamp_age_seconds', "age of the zone's last stamp, -1 where none is known", (now) => stampView(now).ageSeconds ?? -1);
  gauge('runs', 'attempts that run now', ({ runs }) => runs.length);
  gauge('unanswered_facts', 'facts that the centre has not stored yet', ({ unansweredFacts }) => unansweredFacts);
  gauge('resident_memory_bytes', 'resident memory of the agent', () => process.memoryUsage.rss());
  return registry;
};
