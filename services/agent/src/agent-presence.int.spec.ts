import { cp } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { Heartbeat } from '@klevr/contracts/presence';
import { subjects } from '@klevr/contracts/subjects';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';
import { probe } from '@klevr/agent-runtime/testing/probe.fixture';

describe('what is seen of an agent', () => {
  let bed: TestBed;
  let centre: FakeCentre;
  let folder: string;
  let agents: AgentProcess[];
  let beats: { agentId: string | undefined; session: string; atMs: number }[];

  beforeAll(async () => {
    bed = await TestBed.open();
  }, 60_000);
  beforeEach(async () => {
    centre = await FakeCentre.open(bed);
    folder = `${bed.folder}/${newId('agent')}`;
    [agents, beats] = [[], []];
    const { bus } = await bed.agentBus(centre.zoneId);
    bus.subscribe(subjects.heartbeat.wildcard({ zone: centre.zoneId }), (message) => {
      const { session } = Heartbeat.parse(message.json());
      beats.push({ agentId: subjects.heartbeat.parse(message.subject)?.agent, session, atMs: performance.now() });
    });
    await bus.flush();
  });
  afterEach(async () => {
    for (const agent of agents) agent.kill('SIGKILL');
    await Promise.all(agents.map(({ exited }) => exited));
    centre.close();
  });
  afterAll(() => bed.close());

  const started = async (from = folder): Promise<AgentProcess> => {
    const agent = AgentProcess.spawn(centre, from);
    agents.push(agent);
    await agent.line('ready');
    return agent;
  };
  const moreBeatsThan = (count: number): Promise<true> =>
    eventually(`more than ${count} heartbeats`, 10_000, () => beats.length > count || undefined);
  const statusOf = async (agent: AgentProcess): Promise<unknown> =>
    (await fetch(`${String((await agent.line('connecting'))['beaconUrl'])}/status`)).json();

  it('beats by a new setting within a second, although the next beat was minutes away', async () => {
    centre.heartbeatSeconds = 300;
    await started();
    await moreBeatsThan(0);
    const before = beats.length;
    const changedMs = performance.now();
    centre.setHeartbeat(0.2);
    await moreBeatsThan(before + 2);
    expect((beats[before]?.atMs ?? Infinity) - changedMs).toBeLessThan(1_000);
    expect((beats[before + 2]?.atMs ?? Infinity) - changedMs).toBeLessThan(1_500);
    centre.setHeartbeat(300);
    await quiet(() => beats.length);
  }, 30_000);

  it('of two with one identity the second does nothing, disturbs nothing, and says so, until the first is gone', async () => {
    centre.storing = false;
    const first = await started();
    const { id } = first;
    const session = centre.sessions.get(id) ?? '';
    const early = await centre.ran(id);
    await first.hasWritten('finished', 1);
    await cp(folder, `${folder}-clone`, { recursive: true });
    centre.storing = true;
    await centre.finished(early.runId);
    const journalId = centre.hellos.at(-1)?.journalId;

    centre.refuseHello = async (_, hello) =>
      hello.session === session || (await probe(centre, id, session)) !== session
        ? undefined
        : new AppError('CLONE_REFUSED', 'another one is online');
    const second = AgentProcess.spawn(centre, `${folder}-clone`);
    agents.push(second);
    await second.line('another machine is online with the identity of this one, which does nothing until that one is gone');
    expect(await statusOf(second)).toMatchObject({ state: 'clone', session: null, role: 'secondary', detail: 'another one is online' });
    expect(await statusOf(first)).toMatchObject({ state: 'online', session });

    // A probe for another session finds nobody, one for any session finds the first.
    expect(await probe(centre, id, newId('session'))).toBeUndefined();
    for (let round = 0; round < 20; round += 1) {
      expect(await probe(centre, id)).toBe(session);
      expect(await centre.run(centre.runCommand(id))).toEqual({ outcome: 'accepted' });
    }
    const last = await centre.ran(id);
    await centre.finished(last.runId);
    expect(new Set(centre.facts.map((fact) => fact.journalId))).toEqual(new Set([journalId]));
    expect(centre.facts.filter(({ kind }) => kind === 'refused')).toEqual([]);
    expect(new Set(beats.map((beat) => beat.session))).toEqual(new Set([session]));

    await first.stop();
    await second.line('ready', 30_000);
    const own = centre.hellos.at(-1);
    expect(own).toMatchObject({ session: null });
    expect(own?.journalId).not.toBe(journalId);
    // What its copy of the journal had not told yet comes under its own id.
    await centre.until('its copy of the facts', () =>
      centre.facts.some((fact) => fact.runId === early.runId && fact.journalId === own?.journalId),
    );
    const next = await centre.ran(id);
    expect(await centre.finished(next.runId)).toMatchObject({ status: 'succeeded' });
    expect(await statusOf(second)).toMatchObject({ state: 'online' });
  }, 60_000);

  it('says goodbye when its host is about to sleep, is silent then, and is back when it is awake', async () => {
    const agent = await started();
    const session = centre.sessions.get(agent.id);
    agent.kill('SIGUSR2');
    await centre.until('it said goodbye', () => centre.goodbyeReasons.length > 0);
    expect(centre.goodbyeReasons).toEqual(['suspending']);
    expect(await statusOf(agent)).toMatchObject({ state: 'suspending', session });
    const hellos = centre.hellos.length;
    centre.tell(agent.id, { kind: 'helloWanted', reason: 'not now' });
    await quiet(() => beats.length);
    expect(centre.hellos).toHaveLength(hellos);
    const silentAt = beats.length;
    agent.kill('SIGCONT');
    await centre.until('it said hello', () => centre.hellos.length > hellos);
    expect(centre.hellos.at(-1)).toMatchObject({ session });
    await moreBeatsThan(silentAt);
    expect(await statusOf(agent)).toMatchObject({ state: 'online' });
    expect(await agent.stop()).toBe(0);
  }, 30_000);

  it('asks the primary’s beacon when no stamp comes, and tells what it saw', async () => {
    const primary = await started();
    const epoch = await centre.putKey({ agentId: primary.id, session: centre.sessions.get(primary.id) ?? '', epoch: null });
    await centre.until('it serves', () => centre.reports.length > 0);
    const beaconUrl = String((await primary.line('connecting'))['beaconUrl']);
    centre.primary = { agentId: primary.id, epoch, revision: epoch, ready: true, beaconUrl };
    const other = await started(`${folder}-other`);
    const revision = await centre.putKey({ agentId: primary.id, session: centre.sessions.get(primary.id) ?? '', epoch });
    centre.primary = { ...centre.primary, revision };
    await centre.until('the opinion came', () => centre.hellos.some(({ opinion }) => opinion !== undefined), 12_000);
    const [told, ...more] = centre.hellos.filter(({ opinion }) => opinion !== undefined);
    expect([told?.opinion, more]).toEqual([{ agentId: primary.id, epoch, beacon: 'healthy' }, []]);
    expect(await statusOf(other)).toMatchObject({
      secondOpinion: { agentId: primary.id, beacon: 'healthy' },
      stampAgeSeconds: expect.any(Number),
    });
    expect(await statusOf(primary)).toMatchObject({ role: 'primary', secondOpinion: null });
  }, 40_000);
});

/** Resolves when the count stayed the same for a second. */
const quiet = async (count: () => number): Promise<void> => {
  let [before, sinceMs] = [count(), performance.now()];
  await eventually('nothing more comes', 10_000, () => {
    if (count() !== before) [before, sinceMs] = [count(), performance.now()];
    return performance.now() - sinceMs > 1_000 || undefined;
  });
};
