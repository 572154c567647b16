import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CommandFailed } from '@klevr/agent-runtime/built-ins/built-in';
import { newId } from '@klevr/contracts/ids';
import type { ProvisionStep } from '@klevr/contracts/provision';
import { OperationBed } from './operation-bed.fixture.js';
import { stepOf } from './steps.fixture.js';

const three = '  things: [{ name: a }, { name: b }, { name: c }]\n';

describe('an operation', () => {
  let bed: OperationBed;
  beforeEach(async () => (bed = await OperationBed.open()));
  afterEach(() => bed.close());

  const failureOf = (step: ProvisionStep, given: Parameters<OperationBed['run']>[1] = {}): Promise<CommandFailed> =>
    bed.run(step, given).then(
      () => Promise.reject(new Error('it succeeded')),
      (error: unknown) => error as CommandFailed,
    );
  const parts = async (): Promise<string[]> => Object.values(await bed.world.things()).map(({ part }) => part);

  it('that plans touches nothing and keeps nothing', async () => {
    const summary = await bed.run(stepOf(await bed.recipe(three), { action: 'plan' }));
    expect(summary).toMatchObject({ ok: true, changes: { create: 3 }, parts: null });
    expect(await parts()).toEqual([]);
    expect(bed.journal.all()).toEqual([]);
    expect(bed.centre.of('result')).toMatchObject([{ ok: true, plan: { digest: expect.any(String) }, observation: null }]);
  });

  it('tells its engine and its plan before it changes anything, and the result before it ends', async () => {
    let there = -1;
    bed.centre.answers.progress = async ({ plan }) => {
      if (plan !== null) there = (await parts()).length;
      return { stop: false };
    };
    await bed.run(stepOf(await bed.recipe(three)));
    expect(there).toBe(0);
    expect(bed.centre.of('progress')[0]).toMatchObject({ seq: 0, engine: { id: bed.world.path }, plan: { summary: { create: 3 } } });
    expect(bed.centre.of('result')).toMatchObject([{ ok: true, observation: { drift: [], parts: [{}, {}, {}] } }]);
    expect(bed.journal.all()).toMatchObject([{ phase: 'applied', engine: { id: bed.world.path } }]);
  });

  it('that fails says at which part, what was done and what was not begun, and can be gone on with', async () => {
    const step = stepOf(
      await bed.recipe(`${three}  failAt: '{{ parameters.at }}'\n`, 'parameters: { type: object, properties: { at: { type: string } } }'),
      {
        parameters: { at: 'thing/b' },
      },
    );
    const failure = await failureOf(step);
    expect(failure).toBeInstanceOf(CommandFailed);
    expect(failure.message).toBe('thing/b (create): thing/b fails, as its recipe says; done: thing/a; not begun: thing/c');
    expect(bed.centre.of('result')).toMatchObject([
      { ok: false, message: failure.message, observation: { drift: [{ part: 'thing/b' }, { part: 'thing/c' }] } },
    ]);
    expect(bed.journal.all()).toMatchObject([{ phase: 'applying' }]);
    expect(await bed.run({ ...step, operationId: newId('operation'), parameters: { at: '' } })).toMatchObject({
      ok: true,
      changes: { create: 2, none: 1 },
    });
  });

  it('is not begun where the plan is not the one that was agreed to, but goes on where it was begun', async () => {
    const step = stepOf(await bed.recipe(three), { planDigest: 'another' });
    expect((await failureOf(step)).message).toMatch(/^the plan is not the one that was agreed to any more/);
    expect(await parts()).toEqual([]);
    expect(bed.journal.all()).toEqual([]);
    await bed.run({ ...step, action: 'plan' });
    const digest = bed.centre.of('result').at(-1)?.plan?.digest ?? '';
    const agreed = { ...step, planDigest: digest };
    bed.centre.answers.progress = ({ steps }) => {
      if (steps.some(({ index, state }) => index === 1 && state === 'begun')) throw new Error('cut off');
      return { stop: false };
    };
    await failureOf(agreed);
    delete bed.centre.answers.progress;
    expect(await bed.run(agreed, { attempt: 2 })).toMatchObject({ ok: true, changes: { create: 2, none: 1 } });
  });

  it('ends where the centre wants it no more', async () => {
    bed.centre.answers.progress = ({ steps }) => ({ stop: steps.some(({ index }) => index === 1) });
    const { message } = await failureOf(stepOf(await bed.recipe(three)));
    expect(message).toBe('the centre does not want it any more; done: thing/a; not begun: thing/b, thing/c');
    expect(await parts()).toEqual(['thing/a']);
  });

  it('ends by the signal, and tells the centre all the same', async () => {
    const end = new AbortController();
    bed.centre.answers.progress = ({ steps }) => {
      if (steps.some(({ index, state }) => index === 0 && state === 'done')) end.abort(new Error('cancel'));
      return { stop: false };
    };
    const { message } = await failureOf(stepOf(await bed.recipe(three)), { signal: end.signal });
    expect(message).toBe('was ended before it was done; done: thing/a; not begun: thing/b, thing/c');
    expect(bed.centre.of('result')).toMatchObject([{ ok: false, message }]);
  });

  it('fails where something is left to do after all was done, or where it is not healthy in time', async () => {
    const health = 'health: [{ name: alive, type: engine, retries: 1, startSeconds: 0 }]';
    const ill = await failureOf(stepOf(await bed.recipe(`${three}  healthy: false\n`, health)));
    expect(ill.message).toMatch(/^was applied, but is not healthy: alive: unhealthy: as its recipe says/);
    expect(bed.journal.all()).toMatchObject([{ phase: 'applied' }]);
    bed.centre.answers.progress = async ({ steps }) => {
      if (steps.some(({ index, state }) => index === 2 && state === 'done')) {
        await bed.world.change((things) => {
          for (const [key, { part }] of Object.entries(things)) if (part === 'thing/a') delete things[key];
        });
      }
      return { stop: false };
    };
    expect((await failureOf(stepOf(await bed.recipe(three)))).message).toMatch(/^still to do after all was done: create thing\/a/);
  });

  it('that destroys forgets the resource and all that was kept for it, but not its data', async () => {
    const step = stepOf(await bed.recipe('  things: [{ name: a, data: true }, { name: b }]\n'));
    await bed.run(step);
    await bed.run({ ...step, operationId: newId('operation'), action: 'destroy' });
    expect(await parts()).toEqual(['thing/a']);
    expect(bed.journal.all()).toEqual([]);
    expect(await readdir(join(bed.folder, 'work'))).toEqual([]);
    await bed.run({ ...step, operationId: newId('operation'), action: 'destroy', deleteData: true });
    expect(await parts()).toEqual([]);
  });

  it('says every fault of parameters, names an engine that is not reached, and a recipe that the centre does not have', async () => {
    const recipe = await bed.recipe(three, 'parameters: { type: object, required: [x], properties: { x: {}, y: { type: number } } }');
    expect((await failureOf(stepOf(recipe, { parameters: { y: 'no' } }))).message).toMatch(
      /parameters\.x: is missing.*parameters\.y|parameters\.y.*parameters\.x: is missing/,
    );
    expect((await failureOf(stepOf(recipe, { engine: '/elsewhere' }))).message).toBe(
      'this worker does not reach the engine /elsewhere of pretend now',
    );
    expect((await failureOf(stepOf({ ...recipe, digest: 'a'.repeat(64) }))).message).toBe('There is no such recipe');
    await expect(bed.run({ ...stepOf(recipe), more: 1 } as never)).rejects.toThrow(TypeError);
  });

  it('compares secrets by what they are recognized by, and keeps no value', async () => {
    const step = stepOf(await bed.recipe('  things: [{ name: a, secret: { fromCredential: KEY } }]\n'));
    await bed.run(step, { credentials: { KEY: 'battery staple' } });
    const again = (value: string): Promise<unknown> =>
      bed.run({ ...step, operationId: newId('operation'), action: 'plan' }, { credentials: { KEY: value } });
    expect(await again('battery staple')).toMatchObject({ changes: { none: 1 } });
    expect(await again('another')).toMatchObject({ changes: { update: 1 } });
    expect(JSON.stringify([bed.journal.all(), bed.centre.told, await bed.world.things(), bed.said])).not.toContain('battery');
  });

  it('hides a secret that an engine shows, in plans, in what is observed and in failures', async () => {
    const parameters = 'parameters: { type: object, properties: { colour: { type: string }, at: { type: string } } }';
    const recipe = await bed.recipe(
      "  things: [{ name: a, colour: '{{ parameters.colour }}' }]\n  failAt: '{{ parameters.at }}'\n",
      parameters,
    );
    const step = stepOf(recipe, { parameters: { colour: 'grey', at: '' } });
    await bed.run(step);
    const shown = { ...step, operationId: newId('operation'), parameters: { colour: 'sesame', at: '' } };
    const credentials = { KEY: 'sesame', PART: 'thing/a fails' };
    await bed.run({ ...shown, action: 'plan' }, { credentials });
    await bed.run({ ...shown, action: 'refresh' }, { credentials });
    const { message } = await failureOf({ ...shown, parameters: { colour: 'sesame', at: 'thing/a' } }, { credentials });
    expect(message).toContain('***, as its recipe says');
    await bed.run(shown, { credentials });
    expect(JSON.stringify([bed.centre.told, bed.said])).not.toMatch(/sesame|thing\/a fails/);
    expect(bed.centre.of('result')[1]?.plan?.changes).toMatchObject([
      { action: 'replace', fields: [{ path: 'colour', before: 'grey', after: '***' }] },
    ]);
  });
});
