import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KlevrSystem } from '../klevr-system.js';
import { type RunningServers, type ServerName, startSharedServers } from '../shared-servers.js';
import { expectEachEndedOnce } from './ended-once.fixture.js';
import { TaskLoad } from './task-load.fixture.js';
import { Witness } from './witness.fixture.js';

const tasks = 200;

/** On servers of its own, since they are stopped. */
describe('a server that restarts in the middle of 200 tasks', () => {
  let servers: RunningServers;
  let system: KlevrSystem;
  let agentIds: string[];

  beforeAll(async () => {
    servers = await startSharedServers(() => undefined);
    system = await KlevrSystem.start({ servers, folder: join(servers.folder, 'system') });
    agentIds = (await system.api.agents(system.zone)).map(({ id }) => id);
  }, 120_000);
  afterAll(async () => {
    await system?.stop();
    await servers?.stop();
  }, 60_000);

  const restarts: [string, ServerName, 'stopped' | 'killed'][] = [
    ['NATS, stopped in order', 'nats', 'stopped'],
    ['NATS, killed', 'nats', 'killed'],
    ['MariaDB, stopped in order', 'mariadb', 'stopped'],
    ['MariaDB, killed', 'mariadb', 'killed'],
    ['Redis', 'redis', 'killed'],
  ];

  it.each(restarts)(
    'loses nothing: %s',
    async (_what, name, how) => {
      await system.settled();
      const before = await system.api.primary(system.zone);
      const witness = new Witness(join(servers.folder, `witness-${name}-${how}`));
      const load = TaskLoad.start(system.api, {
        tasks,
        zone: system.zone,
        name: `${name} ${how}`,
        task: (index) => ({
          target: { agent: agentIds[index % agentIds.length] },
          steps: [{ name: 'witnessed', run: `${witness.script()} sleep 0.2` }],
        }),
      });
      await load.accepted(80);
      await servers.restart(name, how, 500 + Math.random() * 500);
      const ended = await load.ends(60_000);
      expect(ended).toHaveLength(tasks);
      expect(await load.known()).toHaveLength(tasks);
      await expectEachEndedOnce(ended, { witness, mayBeLost: () => false });
      await system.settled();
      const after = await system.api.primary(system.zone);
      // A session that comes back keeps its epoch: a fault of a server deposes nobody.
      expect(after).toMatchObject({ agentId: before?.agentId, epoch: before?.epoch });
    },
    120_000,
  );
});
