import type { TaskKeySet } from '@klevr/contracts/agent';
import type { SimulatorCounts } from '@klevr/contracts/simulation';
import { createAgentKeys } from '@klevr/messaging/auth/agent-keys';
import { Bus } from '@klevr/messaging/bus';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { commandVerifier, type CommandVerifier } from '@klevr/agent-runtime/commands/command-verifier';
import { EnrolmentRefused, enrol } from '@klevr/agent-runtime/identity/enroll';
import { AgentLink } from '@klevr/agent-runtime/link';
import { agentVersion } from '@klevr/agent-runtime/version';
import { SimulatedAgent } from './simulated-agent.js';
import type { SimulatedHost } from './simulated-host.js';

/**
 * All simulated agents of this process.
 * Promises: each enrols with a key pair and gets a connection of its own; never more than `atOnce` of them do so at a time, zone after zone in turn, so that no join
 * token is a bottleneck. Identities are in memory only: an agent that was here is not here again.
 */
export interface JoinOrder {
  readonly serverUrl: string;
  readonly zones: readonly { readonly joinToken: string; readonly agents: number }[];
  readonly atOnce: number;
  readonly name: string;
}

interface Place {
  readonly joinToken: string;
  readonly hostName: string;
}

const goodbyesAtOnce = 64;

export class SimulatedFleet {
  private readonly agents = new Set<SimulatedAgent>();
  private readonly verifiers = new Map<string, CommandVerifier>();
  private enrolled = 0;
  private refused = 0;
  private refusal: string | null = null;
  private stopped = false;

  constructor(
    private readonly host: SimulatedHost,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Resolves when every agent has joined or was refused. */
  async join(order: JoinOrder): Promise<void> {
    await inParallel(placesOf(order), order.atOnce, async (place) => {
      if (this.stopped) return;
      try {
        await this.add(order.serverUrl, place);
      } catch (error) {
        if (!(error instanceof EnrolmentRefused)) throw error;
        this.refused += 1;
        this.refusal ??= error.message;
      }
    });
  }

  counts(): SimulatorCounts {
    const all = [...this.agents];
    return {
      enrolled: this.enrolled,
      online: all.filter((agent) => agent.online).length,
      primaries: all.filter((agent) => agent.isPrimary).length,
      refused: this.refused,
      refusal: this.refusal,
      runsFinished: all.reduce((sum, { desk }) => sum + desk.finished, 0),
      rssBytes: process.memoryUsage.rss(),
    };
  }

  /** Secondaries at random; fewer where there are not so many. */
  async take(how: 'cut' | 'silence', count: number): Promise<{ agentId: string; atMs: number }[]> {
    const able = [...this.agents].filter((agent) => agent.online && !agent.isPrimary);
    const chosen = Array.from({ length: Math.min(count, able.length) }, () =>
      able.splice(Math.floor(Math.random() * able.length), 1),
    ).flat();
    return Promise.all(
      chosen.map(async (agent) => {
        const atMs = this.clock.nowMs();
        if (how === 'silence') agent.silence();
        else await agent.cut();
        return { agentId: agent.id, atMs };
      }),
    );
  }

  async stop(): Promise<void> {
    this.stopped = true;
    // Primaries last, so that a zone is not handed on from one leaving agent to the next.
    const leaving = [...this.agents].sort((a, b) => Number(a.isPrimary) - Number(b.isPrimary));
    await inParallel(leaving, goodbyesAtOnce, (agent) => agent.stop());
    this.agents.clear();
  }

  private async add(serverUrl: string, { joinToken, hostName }: Place): Promise<void> {
    const { host, clock, log } = this;
    const keys = createAgentKeys();
    const body = { joinToken, publicKey: keys.publicKey, host: host.factsOf(hostName), version: agentVersion };
    const { agentId, zoneId, userJwt, natsUrls, taskKeys, settings } = await enrol({ serverUrl, body, clock, log });
    this.enrolled += 1;
    if (userJwt === null) throw new EnrolmentRefused('the join token asks for approval, which simulated agents do not wait for');
    const me = { zone: zoneId, agent: agentId };
    const bus = await Bus.connect({ servers: natsUrls, name: agentId, credentials: () => keys.credsFor(userJwt), owner: me });
    const { heartbeatSeconds } = settings;
    const verify = this.verifierOf(taskKeys);
    const agent = new SimulatedAgent({ hostName, heartbeatSeconds, host, link: new AgentLink(bus, me), verify, clock, log });
    if (this.stopped) return agent.cut();
    this.agents.add(agent);
    agent.start();
  }

  /** They are the same for all, and reading keys costs more than all else of an agent. */
  private verifierOf(taskKeys: TaskKeySet): CommandVerifier {
    const text = JSON.stringify(taskKeys);
    const verifier = this.verifiers.get(text) ?? commandVerifier(taskKeys);
    this.verifiers.set(text, verifier);
    return verifier;
  }
}

/** The first agent of every zone, then the second of every zone, and so on. */
const placesOf = ({ zones, name }: JoinOrder): Place[] => {
  const most = Math.max(...zones.map(({ agents }) => agents));
  return Array.from({ length: most }, (_, index) =>
    zones.flatMap(({ joinToken, agents }, zone) => (index < agents ? [{ joinToken, hostName: `${name}-${zone + 1}-${index + 1}` }] : [])),
  ).flat();
};

const inParallel = async <T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> => {
  const queue = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
};
