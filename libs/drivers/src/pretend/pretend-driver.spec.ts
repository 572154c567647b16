import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driverContract } from '../driver-contract.fixture.js';
import type { DriverBed } from '../driver-lives.fixture.js';
import { hostIn, workOf } from '../work.fixture.js';
import { openPretendDriver } from './pretend-driver.js';
import { PretendWorld } from './pretend-world.js';

const spec = {
  things: [
    { kind: 'network', name: 'net' },
    { kind: 'volume', name: 'data', data: true },
    { kind: 'box', name: 'web', size: 2 },
  ],
};

const openBed = async (): Promise<DriverBed> => {
  const folder = await mkdtemp(join(tmpdir(), 'klevr-pretend-'));
  const world = new PretendWorld(join(folder, 'world.json'));
  const host = hostIn(folder, { pretendWorld: world.path });
  const engine = { driver: 'pretend', id: world.path, version: '1.0', description: '' } as const;
  return {
    open: async () => openPretendDriver(host),
    work: (resource, given, signal) => workOf({ engine, folder, resource, spec: given, signal }),
    spec,
    changed: {
      things: [{ kind: 'network', name: 'net', colour: 'red' }, ...spec.things.slice(1, 2), { kind: 'box', name: 'web', size: 5 }],
    },
    things: async () => Object.entries(await world.things()).map(([key, thing]) => `${key}#${JSON.stringify(thing)}`),
    spoil: async ({ id }) => world.change((things) => void delete things[`${id}/box/web`]),
    close: () => rm(folder, { recursive: true }),
  };
};

driverContract('pretend', openBed);
