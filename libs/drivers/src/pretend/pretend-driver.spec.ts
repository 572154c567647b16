import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { driverContract } from '../driver-contract.fixture.js';
import type { DriverBed } from '../driver-lives.fixture.js';
import { SpecProblem } from '../driver.js';
import { hostIn, workOf } from '../work.fixture.js';
import { readSection } from '../read-section.js';
import { openPretendDriver } from './pretend-driver.js';
import { PretendSpec } from './pretend-spec.js';
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

describe('the pretend driver', () => {
  it('has an engine only where its worker was given one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-pretend-'));
    const enginesOf = (settings: { pretendWorld?: string }): Promise<unknown> => openPretendDriver(hostIn(folder, settings)).engines();
    expect(await enginesOf({})).toEqual([]);
    expect(await enginesOf({ pretendWorld: join(folder, 'away', 'world.json') })).toEqual([]);
    expect(await enginesOf({ pretendWorld: join(folder, 'world.json') })).toMatchObject([{ id: join(folder, 'world.json') }]);
    await rm(folder, { recursive: true });
  });

  it('says every fault of its section', () => {
    const things = [{ name: 'a' }, { name: 'a' }, { name: 'No' }];
    const faults = ((): readonly { path: string }[] => {
      try {
        readSection(PretendSpec, { things, failAT: 'x' });
      } catch (error) {
        if (error instanceof SpecProblem) return error.faults;
      }
      return [];
    })();
    expect(faults.map(({ path }) => path)).toEqual(['things.2.name', 'failAT', 'things.1']);
    expect(() => readSection(PretendSpec, { things: things.slice(0, 2) })).toThrow('spec.things.1: there is another thing/a');
  });

  it('changes its world one change at a time, whoever makes them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-pretend-'));
    const path = join(folder, 'world.json');
    const many = Array.from({ length: 40 }, (_, index) => index);
    const thing = { resource: 'r', size: 1, colour: 'grey', data: false, state: 'running' };
    await Promise.all(
      many.map((index) => new PretendWorld(path).change((things) => void (things[`r/${index}`] = { ...thing, part: `${index}` }))),
    );
    expect(Object.keys(await new PretendWorld(path).things())).toHaveLength(40);
    await rm(folder, { recursive: true });
  });
});
