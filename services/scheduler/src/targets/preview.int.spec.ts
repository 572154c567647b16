import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers, actor } from '../scheduler.fixture.js';

describe('what a target would do now', () => {
  let schedulers: Schedulers;
  beforeAll(async () => {
    schedulers = await Schedulers.open(2);
  }, 60_000);
  afterAll(() => schedulers.close(), 90_000);

  it('tells who would be hit, in which batch, who would wait and why, and why the others would not be', async () => {
    const zone = await schedulers.zone();
    const web = await Promise.all([0, 1, 2].map(() => schedulers.agent(zone, { role: 'web' })));
    const db = await schedulers.agent(zone, { role: 'db' });
    for (const agent of [...web, db]) await agent.hello();
    const [first = '', second = '', third = ''] = web.map(({ agentId }) => agentId).sort();
    await schedulers.rpc('drainAgent', { actor, id: second });
    const preview = await schedulers.rpc('previewTarget', {
      zone,
      target: { all: 'role=web', batch: { size: 2 } },
    });
    expect(preview).toMatchObject({
      zoneId: zone,
      total: { chosen: 3, others: 1 },
      chosen: [
        { agentId: first, hostname: 'web-1', status: 'online', drained: false, batch: 1, waits: null },
        { agentId: second, drained: true, batch: 1, waits: expect.stringContaining('drained') },
        { agentId: third, batch: 2, waits: 'batch 2 waits for those before it' },
      ],
      others: [{ agentId: db.agentId, why: 'role=web does not match role=db' }],
    });
    const resolved = await schedulers.rpc('resolveTarget', { zone, target: { all: 'role=web' } });
    expect(resolved.agents.map(({ agentId }) => agentId)).toEqual(preview.chosen.map(({ agentId }) => agentId));
    const any = await schedulers.rpc('previewTarget', { zone, target: { any: 'role=web' } });
    expect(any).toMatchObject({ total: { chosen: 1, others: 3 }, chosen: [{ agentId: first, batch: null }] });
    const { agentId } = await schedulers.primary(zone, () => true);
    expect((await schedulers.rpc('previewTarget', { zone, target: { primary: true } })).chosen).toMatchObject([{ agentId }]);
    await expect(schedulers.rpc('previewTarget', { zone, target: { all: 'role=' + '(' } })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      errors: [{ path: 'target.all' }],
    });
    await expect(schedulers.rpc('previewTarget', { zone: 'nowhere', target: { all: '' } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('shows a thousand of each, and counts all', async () => {
    const zone = await schedulers.zone();
    const agent = await schedulers.agent(zone, { role: 'db' });
    await agent.hello();
    const copies = `INSERT INTO agents (id, zone_id, public_key, status, status_cause, status_since, labels, version, facts, standing, load_score, created_at)
      SELECT CONCAT('agt_01JBZ6V1GR', LPAD(seq, 16, '0')), zone_id, CONCAT('UY', LPAD(seq, 54, 'A')), 'lost', status_cause, status_since,
        '{"role": "web"}', version, facts, FALSE, 1, created_at
      FROM agents JOIN seq_1_to_1200 WHERE id = ?`;
    await schedulers.database.query(copies, [agent.agentId]);
    await agent.hello();
    const preview = await schedulers.rpc('previewTarget', { zone, target: { all: 'role=web', batch: { percent: 10 } } });
    expect(preview.total).toEqual({ chosen: 1_200, others: 1 });
    expect(preview.chosen).toHaveLength(1_000);
    expect(preview.chosen[999]).toMatchObject({ batch: 9, status: 'lost', waits: expect.stringContaining('lost') });
    const reverse = await schedulers.rpc('previewTarget', { zone, target: { all: 'role=db' } });
    expect([reverse.total, reverse.others.length]).toEqual([{ chosen: 1, others: 1_200 }, 1_000]);
  });

  it('knows how hosts fare: their status, and the load that they told by hello and by the roll-ups of their primary', async () => {
    const zone = await schedulers.zone();
    const [one, two] = [await schedulers.agent(zone), await schedulers.agent(zone)];
    await one.hello(true, { load: { cpu: 0.5, freeMemoryBytes: 1, runs: 0 } });
    const { epoch } = await schedulers.primary(zone, (agentId) => agentId === one.agentId);
    await two.hello(false, { load: { cpu: 0.25, freeMemoryBytes: 1, runs: 0 } });
    const stranger = await schedulers.agent(await schedulers.zone());
    const health = async () => {
      const { hosts } = await schedulers.rpc('hostHealth', { zoneId: zone, agentIds: [one.agentId, two.agentId, stranger.agentId] });
      return Object.fromEntries(hosts.map(({ agentId, ...host }) => [agentId, host]));
    };
    /** Both replicas answer, in turns or not. */
    const everywhere = (load: number) =>
      eventually(`the load ${load}`, 5_000, async () => {
        const answers = await Promise.all(Array.from({ length: 8 }, health));
        return answers.every((answer) => answer[two.agentId]?.cpuLoad === load) ? answers[0] : undefined;
      });
    expect(await everywhere(0.25)).toEqual({
      [one.agentId]: { status: 'online', cpuLoad: 0.5 },
      [two.agentId]: { status: 'online', cpuLoad: 0.25 },
    });
    await eventually('the primary is ready', 5_000, () => (one.epochs.includes(epoch) ? true : undefined));
    one.report(epoch, [{ agentId: two.agentId, session: two.session ?? '', state: 'heard', lastHeardMsAgo: 10, cpuLoad: 7.5 }]);
    await everywhere(7.5);
    await two.kill();
    const gone = await eventually('it is suspect', 10_000, async () =>
      (await health())[two.agentId]?.status === 'online' ? undefined : health(),
    );
    // A replica that has read it anew since knows what it told at its hello.
    expect(gone[two.agentId]).toEqual({ status: expect.stringMatching(/suspect|lost/), cpuLoad: expect.any(Number) });
  }, 30_000);
});
