import { describe, expect, it, jest } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { AgentProber } from '../hosts/agent.prober.js';
import type { AgentsStore, StatusChange } from '../hosts/agents.store.js';
import type { HostPool } from '../hosts/host-pool.service.js';
import { AgentRow } from '../tables/agent.entity.js';
import type { ZonesStore } from '../zones/zones.store.js';
import { LivenessService } from './liveness.service.js';

const conn = { serverId: 'S', clientId: 1 };

const setUp = () => {
  const clock = new FakeClock();
  const agent = Object.assign(new AgentRow(), {
    id: 'agt_a',
    zoneId: 'zone_z',
    status: 'online',
    session: 'ses_a',
    connServer: 'S',
    connClient: 1,
  });
  let away = false;
  const changeStatus = jest.fn(async (change: StatusChange) => {
    if (away) throw new Error('the database is away');
    if (!change.from.includes(agent.status) || (change.conn && change.conn.clientId !== agent.connClient)) return undefined;
    return Object.assign(agent, { status: change.to, statusCause: change.cause, statusSince: change.at });
  });
  const find = async () => {
    if (away) throw new Error('the database is away');
    return agent;
  };
  const list = async ({ status }: { status?: string }) => (agent.status === status ? [agent] : []);
  const agents = { changeStatus, find, list } as unknown as AgentsStore;
  const zones = { get: async () => ({ settings: { lostAfterSeconds: 60 } }) } as unknown as ZonesStore;
  const probe = jest.fn<AgentProber['agent']>().mockResolvedValue('dead');
  const prober = { agent: probe } as unknown as AgentProber;
  const liveness = new LivenessService(agents, zones, { changed: async () => undefined } as unknown as HostPool, prober, clock);
  return { clock, agent, probe, liveness, databaseAway: (value: boolean) => (away = value) };
};

describe('LivenessService', () => {
  it('calls an agent lost after the grace, and only if a probe is not answered', async () => {
    const { clock, agent, probe, liveness } = setUp();
    await liveness.suspect('agt_a', 'its connection was cut');
    await clock.advanceAsync(59_999);
    expect(agent.status).toBe('suspect');
    expect(probe).not.toHaveBeenCalled();
    await clock.advanceAsync(1);
    expect(agent).toMatchObject({ status: 'lost', statusCause: expect.stringContaining('60 s') });
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes one that answers its probe for online', async () => {
    const { clock, agent, probe, liveness } = setUp();
    probe.mockResolvedValue('alive');
    await liveness.suspect('agt_a', 'silent');
    await clock.advanceAsync(60_000);
    expect(agent).toMatchObject({ status: 'online', statusCause: 'answered a probe' });
  });

  it('begins the grace anew when our own connection was away meanwhile', async () => {
    const { clock, agent, liveness } = setUp();
    await liveness.suspect('agt_a', 'its connection was cut');
    await clock.advanceAsync(50_000);
    liveness.ourFault();
    await clock.advanceAsync(59_999);
    expect(agent.status).toBe('suspect');
    await clock.advanceAsync(1);
    expect(agent.status).toBe('lost');
  });

  it('declares nobody lost while the database is away, and for a whole grace after it', async () => {
    const { clock, agent, liveness, databaseAway } = setUp();
    await liveness.suspect('agt_a', 'its connection was cut');
    databaseAway(true);
    await clock.advanceAsync(200_000);
    databaseAway(false);
    expect(agent.status).toBe('suspect');
    await clock.advanceAsync(60_000);
    await clock.advanceAsync(60_000);
    expect(agent.status).toBe('lost');
  });

  it('declares nobody lost by a probe that failed on our side', async () => {
    const { clock, agent, probe, liveness } = setUp();
    probe.mockResolvedValue('unknown');
    await liveness.suspect('agt_a', 'its connection was cut');
    await clock.advanceAsync(500_000);
    expect(agent.status).toBe('suspect');
  });

  it('gives up the grace of an agent that came back', async () => {
    const { clock, agent, liveness } = setUp();
    await liveness.suspect('agt_a', 'silent');
    await liveness.online('agt_a', 'said hello');
    await clock.advanceAsync(100_000);
    expect(agent.status).toBe('online');
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not suspect an agent that is on another connection by then', async () => {
    const { clock, agent, liveness } = setUp();
    liveness.suspectSoon('agt_a', conn);
    agent.connClient = 2;
    await clock.advanceAsync(200);
    expect(agent.status).toBe('online');
    liveness.suspectSoon('agt_a', { ...conn, clientId: 2 });
    await clock.advanceAsync(200);
    expect(agent.status).toBe('suspect');
  });

  it('asks the database nothing when a roll-up says what is known', async () => {
    const { agent, liveness } = setUp();
    await liveness.reported('agt_a', 'ses_a', 'heard');
    expect(agent.status).toBe('online');
    await liveness.reported('agt_a', 'ses_a', 'silent');
    expect(agent.status).toBe('suspect');
    await liveness.reported('agt_a', 'ses_a', 'heard');
    expect(agent.status).toBe('online');
  });

  it('asks the agents whose connections nobody saw, after a time in which cuts may have been missed', async () => {
    const { clock, agent, probe, liveness } = setUp();
    liveness.askUnseen(() => true, 5_000);
    await clock.advanceAsync(5_000);
    expect(probe).not.toHaveBeenCalled();
    liveness.askUnseen(() => false, 5_000);
    await clock.advanceAsync(5_000);
    expect(agent.status).toBe('suspect');
  });
});
