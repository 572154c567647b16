import { createHash } from 'node:crypto';
import type { HostFacts } from '@klevr/contracts/agent';
import type { Heartbeat } from '@klevr/contracts/presence';
import type { Clock } from '@klevr/platform/clock';
import { collectHostFacts } from '@klevr/agent-runtime/host/host-facts';
import { currentLoad } from '@klevr/agent-runtime/host/load';

/** The one machine that all simulated agents stand on: read once, told by each of them under a name and a machine id of its own. */
const loadSeconds = 1;

export class SimulatedHost {
  private load: { at: number; value: Heartbeat['load'] } | undefined;

  private constructor(
    private readonly facts: HostFacts,
    private readonly clock: Clock,
  ) {}

  static async read(clock: Clock, path: string): Promise<SimulatedHost> {
    return new SimulatedHost(await collectHostFacts(path), clock);
  }

  factsOf(name: string): HostFacts {
    const machineId = createHash('sha256').update(name).digest('hex').slice(0, 32);
    return { ...this.facts, hostname: name, machineId, uptimeSeconds: Math.round(this.clock.uptimeSeconds()) };
  }

  loadNow(runs: number): Heartbeat['load'] {
    const at = this.clock.uptimeSeconds();
    if (this.load === undefined || at - this.load.at >= loadSeconds) this.load = { at, value: currentLoad(0) };
    return { ...this.load.value, runs };
  }
}
