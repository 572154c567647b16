import { expect, it } from '@jest/globals';
import { ZoneSimulation } from './zone-simulation.fixture.js';

const stories = 200_000;

it(`holds what it promises in ${stories} stories of zones`, () => {
  const first = Math.floor(Math.random() * 2 ** 31);
  const bad: string[] = [];
  for (let seed = first; seed < first + stories && bad.length < 10; seed++) {
    const { faults } = new ZoneSimulation(seed).run();
    if (faults.length > 0) bad.push(`KLEVR_SEED=${seed}: ${faults[0] ?? ''}`);
  }
  expect(bad).toEqual([]);
}, 1_800_000);
