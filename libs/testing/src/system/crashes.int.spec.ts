import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectAdministrator } from './administrator.fixture.js';
import { expectEachEndedOnce } from './ended-once.fixture.js';
import type { RawNats } from './raw-nats.fixture.js';
import { RunEnds } from './run-ends.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';
import { TaskLoad } from './task-load.fixture.js';
import { Witness } from './witness.fixture.js';

const tasks = 200;

describe('kill -9 in the middle of 200 tasks', () => {
  let open: SystemBed;
  let administrator: RawNats;
  let ends: RunEnds;
  let agentIds: string[];

  beforeAll(async () => {
    open = await openSystemBed();
    administrator = await connectAdministrator(open.bed.natsUrl, open.bed.natsIdentity, 'main');
    ends = await RunEnds.watch(administrator);
    agentIds = (await open.system.api.agents(open.system.zone)).map(({ id }) => id);
  }, 90_000);
  afterAll(async () => {
    administrator.close();
    await open.close();
  }, 30_000);

  const primaryName = async (): Promise<string> => {
    const primary = await open.system.api.primary(open.system.zone);
    if (primary === null) throw new Error('the zone has no primary');
    return open.system.nameOf(primary.agentId);
  };
  const secondaryName = async (): Promise<string> => {
    const primary = await primaryName();
    return open.system.names().find((name) => name.startsWith('agent-') && name !== primary) ?? '';
  };

  const victims: [string, () => Promise<string>, 'centre' | 'agent'][] = [
    ['the gateway', () => Promise.resolve('gateway'), 'centre'],
    ['the task-manager', () => Promise.resolve('task-manager-1'), 'centre'],
    ['a scheduler', () => Promise.resolve('scheduler-1'), 'centre'],
    ['the primary', primaryName, 'agent'],
    ['an executing agent', secondaryName, 'agent'],
  ];

  it.each(victims)(
    'of %s: each task ends in exactly one state, and none runs twice',
    async (_who, nameOf, kind) => {
      const { system } = open;
      await system.settled();
      const victim = await nameOf();
      const victimId = kind === 'agent' ? await system.agentId(victim) : undefined;
      const witness = new Witness(join(open.bed.folder, `witness-${victim}-${performance.now()}`));
      const load = TaskLoad.start(system.api, {
        tasks,
        zone: system.zone,
        name: `killed ${victim} ${Math.round(performance.now())}`,
        task: (index) => ({
          target: { agent: agentIds[index % agentIds.length] },
          steps: [{ name: 'witnessed', run: `${witness.script()} sleep 0.2` }],
        }),
      });
      await load.accepted(80);
      await system.signal(victim, 'SIGKILL');
      const ranBefore = (await witness.lines()).length;
      await pause(500 + Math.random() * 500);
      await system.startAgain(victim);
      const ended = await load.ends(60_000);
      expect(ended).toHaveLength(tasks);
      expect(await load.known()).toHaveLength(tasks);
      expect(ranBefore).toBeLessThan(tasks);
      await expectEachEndedOnce(ended, { witness, ends, flush: () => administrator.flush(), mayBeLost: (run) => run.agentId === victimId });
    },
    120_000,
  );
});
