import { describe, expect, it, jest } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { AgentProber } from '../hosts/agent.prober.js';
import type { StatusChange } from '../hosts/agents.store.js';
import { Roster, rosterEntryOf } from '../hosts/roster.js';
import { AgentRow } from '../tables/agent.entity.js';
import type { AgentStatuses } from './agent-statuses.service.js';
import type { IncidentsService } from './incidents.service.js';
import { LivenessService } from './liveness.service.js';

const conn = { serverId: 'S', clientId: 1 };

const setUp = () => {
  const clock = new FakeClock();
  const agent = Object.assign(new AgentRow(), {
    ...{ id: 'agt_a', zoneId: 'zone_z', publicKey: 'U', status: 'online', session: 'ses_a', connServer: 'S', connClient: 1 },
  });
  const roster = new Roster();
  roster.learn(rosterEntryOf(agent));
  let away = false;
  let incident = false;
  const change = jest.fn(async (wanted: StatusChange) => {
    if (away) throw new Error('the database is away');
    if (!wanted.from.includes(agent.status) || (wanted.conn && wanted.conn.clientId !== agent.connClient)) return undefined;
    Object.assign(agent, { status: wanted.to, statusCause: wanted.cause, statusSince: wanted.at });
    roster.learn(rosterEntryOf(agent));
    return agent;
  });
  const withStatus = async function* (status: string) {
    yield agent.status === status ? [agent] : [];
  };
  const timesOf = () => ({ heartbeatMs: 1_000, graceMs: 60_000 });
  const statuses = { change, withStatus, timesOf, learn: () => undefined, doubtDatabase: () => undefined } as unknown as AgentStatuses;
  const probe = jest.fn<AgentProber['agent']>().mockResolvedValue('dead');
  const guards = (): boolean => incident;
  const incidents = { onChange: () => undefined, guards, guardsNow: async () => incident, gone: () => undefined, back: () => undefined };
  const prober = { agent: probe } as unknown as AgentProber;
  const liveness = new LivenessService(statuses, roster, prober, incidents as unknown as IncidentsService, clock);
  const [databaseAway, openIncident] = [(value: boolean) => (away = value), (value: boolean) => (incident = value)];
  return { clock, agent, roster, probe, change, liveness, databaseAway, openIncident };
};

describe('LivenessService', () => {
  it('calls an agent lost after the grace, and only if a probe is not answered', async () => {
    const { clock, agent, probe, liveness } = setUp();
    liveness.accused('agt_a', 'did not answer');
    await clock.advanceAsync(59_999);
    expect(agent).toMatchObject({ status: 'suspect', statusCause: 'did not answer' });
    expect(probe).not.toHaveBeenCalled();
    await clock.advanceAsync(2);
    expect(agent).toMatchObject({ status: 'lost', statusCause: expect.stringContaining('60 s') });
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes one that answers its probe for online', async () => {
    const { clock, agent, probe, liveness } = setUp();
    probe.mockResolvedValue('alive');
    liveness.accused('agt_a', 'silent');
    await clock.advanceAsync(60_001);
    expect(agent).toMatchObject({ status: 'online', statusCause: 'answered a probe' });
  });

  it('begins the grace anew when our own connection was away meanwhile', async () => {
    const { clock, agent, liveness } = setUp();
    liveness.accused('agt_a', 'gone');
    await clock.advanceAsync(50_000);
    liveness.ourFault();
    await clock.advanceAsync(59_999);
    expect(agent.status).toBe('suspect');
    await clock.advanceAsync(2);
    expect(agent.status).toBe('lost');
  });

  it('declares nobody lost while the database is away, and for a whole grace after it', async () => {
    const { clock, agent, liveness, databaseAway } = setUp();
    liveness.accused('agt_a', 'gone');
    await clock.advanceAsync(1);
    databaseAway(true);
    await clock.advanceAsync(200_000);
    databaseAway(false);
    expect(agent.status).toBe('suspect');
    await clock.advanceAsync(121_000);
    expect(agent.status).toBe('lost');
  });

  it('stores a suspicion once the database is back', async () => {
    const { clock, agent, liveness, databaseAway } = setUp();
    databaseAway(true);
    liveness.cut('agt_a', conn);
    await clock.advanceAsync(20_000);
    expect(agent.status).toBe('online');
    databaseAway(false);
    await clock.advanceAsync(5_001);
    expect(agent.status).toBe('suspect');
  });

  it('declares nobody lost by a probe that failed on our side, nor during an incident', async () => {
    const { clock, agent, probe, liveness, openIncident } = setUp();
    probe.mockResolvedValue('unknown');
    liveness.accused('agt_a', 'gone');
    await clock.advanceAsync(500_000);
    expect(agent.status).toBe('suspect');
    probe.mockResolvedValue('dead');
    openIncident(true);
    await clock.advanceAsync(500_000);
    expect(agent.status).toBe('suspect');
    openIncident(false);
    await clock.advanceAsync(120_001);
    expect(agent.status).toBe('lost');
  });

  it('gives up the grace of an agent that came back', async () => {
    const { clock, agent, liveness } = setUp();
    liveness.accused('agt_a', 'silent');
    await clock.advanceAsync(1);
    agent.status = 'online';
    liveness.helloHeard('agt_a');
    await clock.advanceAsync(100_000);
    expect(agent.status).toBe('online');
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not suspect an agent that is on another connection by then, nor one that said hello within the moment', async () => {
    const { clock, agent, change, liveness } = setUp();
    liveness.cut('agt_a', conn);
    agent.connClient = 2;
    await clock.advanceAsync(201);
    expect(agent.status).toBe('online');
    change.mockClear();
    liveness.cut('agt_a', { ...conn, clientId: 2 });
    await clock.advanceAsync(50);
    liveness.helloHeard('agt_a');
    await clock.advanceAsync(1_000);
    expect(change).not.toHaveBeenCalled();
    liveness.cut('agt_a', { ...conn, clientId: 2 });
    await clock.advanceAsync(201);
    expect(agent).toMatchObject({ status: 'suspect', statusCause: 'its connection was cut' });
  });

  it('asks the database nothing when a roll-up says what is known', async () => {
    const { clock, agent, change, liveness } = setUp();
    for (let round = 0; round < 10; round++) liveness.reported('agt_a', 'ses_a', 'heard', 0);
    await clock.advanceAsync(1);
    expect(change).not.toHaveBeenCalled();
    for (let round = 0; round < 10; round++) liveness.reported('agt_a', 'ses_a', 'silent', 3_000);
    await clock.advanceAsync(1);
    expect(agent.status).toBe('suspect');
    expect(change).toHaveBeenCalledTimes(1);
  });

  it('does not take what a primary heard before the suspicion for a return', async () => {
    const { clock, agent, liveness } = setUp();
    liveness.cut('agt_a', conn);
    await clock.advanceAsync(1_000);
    expect(agent.status).toBe('suspect');
    for (let round = 0; round < 3; round++) liveness.reported('agt_a', 'ses_a', 'heard', 2_000);
    await clock.advanceAsync(1);
    expect(agent.status).toBe('suspect');
    for (let round = 0; round < 2; round++) liveness.reported('agt_a', 'ses_a', 'heard', 100);
    await clock.advanceAsync(1);
    expect(agent).toMatchObject({ status: 'online', statusCause: 'heard by its primary again' });
  });

  it('asks the agents whose connections nobody saw, after a time in which cuts may have been missed', async () => {
    const { clock, agent, probe, liveness } = setUp();
    liveness.askUnseen(() => true, 5_000);
    await clock.advanceAsync(5_000);
    expect(probe).not.toHaveBeenCalled();
    liveness.askUnseen(() => false, 5_000);
    await clock.advanceAsync(5_001);
    expect(agent.status).toBe('suspect');
  });

  it('takes up what another replica decided, by its event or by looking', async () => {
    const { clock, agent, liveness } = setUp();
    agent.status = 'suspect';
    await liveness.takeUpSuspects();
    await clock.advanceAsync(30_000);
    agent.status = 'online';
    liveness.became('agt_a', 'online');
    await clock.advanceAsync(100_000);
    expect(agent.status).toBe('online');
    agent.status = 'suspect';
    liveness.became('agt_a', 'suspect');
    await clock.advanceAsync(60_001);
    expect(agent.status).toBe('lost');
  });
});
