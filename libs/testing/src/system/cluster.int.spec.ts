import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { primariesStream } from '@klevr/contracts/subjects';
import { createServiceUser } from '@klevr/messaging/auth/service-credentials';
import { Bus } from '@klevr/messaging/bus';
import { eventually } from '../eventually.js';
import { KlevrSystem } from '../klevr-system.js';
import { NatsCluster } from '../nats-cluster.js';
import { TestBed } from '../test-bed.js';
import { connectAdministrator } from './administrator.fixture.js';
import { KeyWatch } from './key-watch.fixture.js';

const settleMs = 30_000;

interface StreamInfo {
  readonly config: { readonly num_replicas: number };
  readonly cluster?: { readonly leader?: string; readonly replicas?: { readonly current: boolean; readonly offline?: boolean }[] };
}

/** Three real NATS servers that keep the bucket together. */
describe('the leader of the bucket of primaries, killed', () => {
  let bed: TestBed;
  let cluster: NatsCluster;
  let system: KlevrSystem;
  let bus: Bus;

  beforeAll(async () => {
    bed = await TestBed.open();
    cluster = await NatsCluster.start(bed.folder);
    await eventually('a leader of JetStream', settleMs, () => ask('nats-1', 'INFO').catch(() => undefined));
    const servers = { ...{ natsUrl: cluster.url(), databaseUrl: bed.databaseUrl, redisUrl: bed.redisUrl }, natsIdentity: cluster.identity };
    system = await KlevrSystem.start({ servers: { ...servers, natsReplicas: 3 }, folder: bed.folder });
    const { creds } = await createServiceUser(cluster.identity, 'task-manager');
    const owner = { service: 'task-manager' } as const;
    bus = await Bus.connect({ servers: cluster.url().split(','), name: 'test', credentials: () => creds, owner });
  }, 120_000);
  afterAll(async () => {
    await bus?.close();
    await system?.stop();
    await cluster?.stop();
    await bed?.close();
  }, 60_000);

  /** One call of JetStream's API over one server. */
  const ask = async (server: string, call: string): Promise<unknown> => {
    const administrator = await connectAdministrator(cluster.url(server), cluster.identity, 'main');
    try {
      const { body } = await administrator.request(`$JS.API.${call}`, '', `_INBOX.administrator.${crypto.randomUUID()}`);
      const answer = JSON.parse(body.toString()) as { error?: { description: string } };
      if (answer.error !== undefined) throw new Error(answer.error.description);
      return answer;
    } finally {
      administrator.close();
    }
  };
  const info = async (server: string): Promise<StreamInfo> => (await ask(server, `STREAM.INFO.${primariesStream}`)) as StreamInfo;
  const whole = ({ cluster: state }: StreamInfo): boolean =>
    state?.leader !== undefined &&
    state.replicas?.length === 2 &&
    state.replicas.every(({ current, offline }) => current && offline !== true);

  it('changes no primary and no epoch, and tasks flow once there is another leader', async () => {
    const { api, zone } = system;
    const keys = new KeyWatch(bus, (await api.zone(zone)).id);
    await bus.flush();
    const { config, cluster: state } = await eventually('three copies of the bucket', settleMs, async () => {
      const found = await info('nats-1');
      return whole(found) ? found : undefined;
    });
    expect(config.num_replicas).toBe(3);
    const before = await api.primary(zone);
    const leader = state?.leader ?? '';
    const others = cluster.names.filter((name) => name !== leader);
    await cluster.kill(leader);
    const next = await eventually('another leader', settleMs, async () => {
      const found = await info(others[0] ?? '').catch(() => undefined);
      return found?.cluster?.leader !== undefined && found.cluster.leader !== leader ? found.cluster.leader : undefined;
    });
    expect(others).toContain(next);
    const stamped = await eventually('a stamp that the new leader took', settleMs, async () => {
      const found = await api.primary(zone);
      return found !== null && found.stamp > (before?.stamp ?? 0) + 5 ? found : undefined;
    });
    expect(stamped).toMatchObject({ agentId: before?.agentId, epoch: before?.epoch });
    const task = await api.createTask({ name: 'after the leader', zone, target: { all: '' }, steps: [{ name: 'noop', use: 'Noop' }] });
    expect((await api.taskEnd(task.id)).status).toBe('succeeded');
    await cluster.startOne(leader);
    await eventually('three copies of the bucket again', settleMs, async () => {
      const found = await info(others[0] ?? '').catch(() => undefined);
      return found !== undefined && whole(found) ? true : undefined;
    });
    expect(await api.primary(zone)).toMatchObject({ agentId: before?.agentId, epoch: before?.epoch });
    for (const [epoch, holders] of keys.holders) expect({ epoch, holders: holders.size }).toEqual({ epoch, holders: 1 });
    expect([...keys.holders.keys()]).toEqual([before?.epoch]);
  }, 120_000);
});
