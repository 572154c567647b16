import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { KlevrSystem } from '@klevr/testing/klevr-system';
import type { RunningServers } from '@klevr/testing/shared-servers';
import { SimulatorProcess } from '@klevr/testing/simulator-process';

/** A system without real agents and the processes of simulated ones on it, ended together. */
export class SimulatedSystem {
  private readonly simulators: SimulatorProcess[] = [];

  private constructor(
    readonly system: KlevrSystem,
    private readonly folder: string,
    private readonly say: (line: string) => void,
  ) {}

  static async start(servers: RunningServers, say: (line: string) => void): Promise<SimulatedSystem> {
    const folder = join(servers.folder, `simulated-${randomBytes(3).toString('hex')}`);
    return new SimulatedSystem(await KlevrSystem.start({ servers, folder, agents: 0, schedulers: 2 }), folder, say);
  }

  /** The process ids of Klevr's own services, by name. */
  services(): Map<string, number> {
    return new Map(this.system.names().map((name) => [name, this.system.pid(name)]));
  }

  /** A process of so many agents in each zone; resolves when all of them are online. */
  async join(name: string, joinTokens: readonly string[], agentsAZone: number, timeoutMs: number): Promise<SimulatorProcess> {
    const simulator = SimulatorProcess.start({ logFile: join(this.folder, 'log', `${name}.log`) });
    this.simulators.push(simulator);
    const zones = joinTokens.map((joinToken) => ({ joinToken, agents: agentsAZone }));
    const startedAt = performance.now();
    let saidAt = startedAt;
    simulator.onCounts(({ enrolled, online, primaries }) => {
      if (performance.now() - saidAt < 5_000 || online === zones.length * agentsAZone) return;
      saidAt = performance.now();
      this.say(`${name}: ${enrolled} enrolled, ${online} online, ${primaries} primaries`);
    });
    simulator.join({ serverUrl: this.system.api.origin, zones, atOnce: 32, name });
    await simulator.countsAre(`${name} online`, timeoutMs, ({ online, refused }) => online + refused >= zones.length * agentsAZone);
    this.say(`${name}: ${zones.length * agentsAZone} agents online after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    return simulator;
  }

  async stop(): Promise<void> {
    for (const simulator of this.simulators) simulator.kill();
    await Promise.all(this.simulators.map(({ exited }) => exited));
    await this.system.stop();
  }
}
