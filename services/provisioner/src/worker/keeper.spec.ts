import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { AskedOf } from '@klevr/contracts/provision';
import { FakeClock } from '@klevr/platform/fake-clock';
import { eventually } from '@klevr/testing/eventually';
import { OperationBed } from './operation-bed.fixture.js';
import { stepOf } from './steps.fixture.js';

const two = '  things: [{ name: a }, { name: b }]\n';
const calmMs = 200;

describe('what a worker has brought about', () => {
  let clock: FakeClock;
  let bed: OperationBed;
  const step = { resource: { id: newId('resource'), name: 'web', revision: 7 } };
  beforeEach(async () => {
    clock = new FakeClock();
    bed = await OperationBed.open(clock);
  });
  afterEach(() => bed.close());

  const told = (): AskedOf<'observed'>[] => bed.centre.of('observed');
  /** Moves the clock until so many observations were told. */
  const until = (count: number): Promise<AskedOf<'observed'>> =>
    eventually(`${count} observations`, 20_000, async () => {
      await clock.advanceAsync(calmMs);
      return told()[count - 1];
    });
  const applied = async (spec = two, more = ''): Promise<void> => {
    await bed.run(stepOf(await bed.recipe(spec, more), step));
  };
  const spoil = (part: string): Promise<void> => bed.world.change((things) => void delete things[`${step.resource.id}/${part}`]);

  it('is looked at again after the operation, as somebody may have had a hand in it meanwhile', async () => {
    await applied();
    expect(await until(1)).toMatchObject({ resourceId: step.resource.id, revision: 7, cause: 'event', observation: { drift: [] } });
  });

  it('is watched by the events of its engine, and what says nothing new is not told', async () => {
    await applied();
    await until(1);
    await spoil('thing/a');
    expect(await until(2)).toMatchObject({
      cause: 'event',
      observation: { drift: [{ part: 'thing/a', action: 'create' }], parts: [{ part: 'thing/b' }] },
    });
    await clock.advanceAsync(10_000);
    expect(told()).toHaveLength(2);
  });

  it('is told by the interval of its recipe too, whether something is new or not', async () => {
    await applied(two, 'observeEverySeconds: 40');
    await until(1);
    await clock.advanceAsync(35_000);
    expect(told()).toHaveLength(1);
    await clock.advanceAsync(10_000);
    expect(await until(2)).toMatchObject({ cause: 'interval', observation: { drift: [] } });
  });

  it('is looked at by a worker that starts, of its journal alone', async () => {
    await applied();
    await until(1);
    await bed.keeper.stop();
    const next = await OperationBed.open(clock, bed.folder);
    next.keeper.start();
    const first = await eventually('it is told', 20_000, async () => {
      await clock.advanceAsync(calmMs);
      return next.centre.of('observed')[0];
    });
    expect(first).toMatchObject({ cause: 'start', observation: { drift: [], parts: [{}, {}] } });
    await next.keeper.stop();
  });

  it('is watched also where another worker made it and this one has refreshed it', async () => {
    const recipe = await bed.recipe(two);
    await bed.run(stepOf(recipe, step));
    await bed.journal.forget(step.resource.id);
    await bed.run(stepOf(recipe, { ...step, action: 'refresh' }));
    expect(await until(1)).toMatchObject({ resourceId: step.resource.id, revision: 7, observation: { drift: [] } });
    await spoil('thing/a');
    expect(await until(2)).toMatchObject({ cause: 'event', observation: { drift: [{ part: 'thing/a' }] } });
  });

  it('is left alone while an operation has it in hand', async () => {
    await applied();
    await until(1);
    const release = await bed.keeper.hold(step.resource.id);
    await spoil('thing/a');
    await clock.advanceAsync(600_000);
    expect(told()).toHaveLength(1);
    release();
    expect(await until(2)).toMatchObject({ observation: { drift: [{ part: 'thing/a' }] } });
  });

  it('is forgotten where the centre does not know it as one of this worker, and not touched', async () => {
    await applied();
    bed.centre.answers.observed = () => ({ known: false });
    await until(1);
    await eventually('it is forgotten', 20_000, () => (bed.journal.all().length === 0 ? true : undefined));
    expect(Object.keys(await bed.world.things())).toHaveLength(2);
    await spoil('thing/a');
    await clock.advanceAsync(600_000);
    expect(told()).toHaveLength(1);
  });

  it('is not taken from under an operation that comes while it is forgotten', async () => {
    await applied();
    const order: string[] = [];
    const forget = bed.journal.forget.bind(bed.journal);
    let goOn: (() => void) | undefined;
    bed.journal.forget = async (id) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      await forget(id);
      order.push('forgotten');
    };
    bed.centre.answers.observed = () => ({ known: false });
    await until(1);
    const end = await eventually('it is being forgotten', 20_000, () => goOn);
    const held = bed.keeper.hold(step.resource.id).then((letGo) => (order.push('held'), letGo));
    await clock.advanceAsync(1_000);
    expect(order).toEqual([]);
    end();
    (await held)();
    expect(order).toEqual(['forgotten', 'held']);
  });

  it('is told by a change of its health', async () => {
    await applied(two, 'health: [{ name: alive, type: engine, everySeconds: 5, retries: 2, startSeconds: 0 }]');
    await eventually('it is healthy', 20_000, async () => {
      await clock.advanceAsync(calmMs);
      return told().find(({ observation }) => observation.health[0]?.state === 'healthy');
    });
    const before = told().length;
    await bed.world.change((things) => {
      for (const thing of Object.values(things)) thing.state = 'broken';
    });
    const ill = await eventually('it is unhealthy', 20_000, async () => {
      await clock.advanceAsync(1_000);
      return told()
        .slice(before)
        .find(({ observation }) => observation.health[0]?.state === 'unhealthy');
    });
    expect(ill.observation.health).toMatchObject([{ name: 'alive', message: 'unhealthy: thing/a is broken' }]);
  });

  it('is told again by and by though the centre refused it once', async () => {
    await applied();
    let asked = 0;
    bed.centre.answers.observed = () => {
      asked += 1;
      if (asked === 1) throw new AppError('BAD_REQUEST', 'no');
      return { known: true };
    };
    const times = await eventually('it is told again', 20_000, async () => {
      await clock.advanceAsync(60_000);
      return asked > 1 ? asked : undefined;
    });
    expect(times).toBeGreaterThan(1);
  });

  it('is looked at again by and by where it could not be looked at, and nothing is told meanwhile', async () => {
    await applied();
    await until(1);
    const text = await readFile(bed.world.path, 'utf8');
    await writeFile(bed.world.path, 'no world');
    await clock.advanceAsync(60_000);
    expect(told()).toHaveLength(1);
    await writeFile(bed.world.path, text.replace('"size": 1', '"size": 9'));
    await eventually('it is told', 20_000, async () => {
      await clock.advanceAsync(10_000);
      return told()[1]?.observation.drift.length === 1 ? true : undefined;
    });
  });
});
