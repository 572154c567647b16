import { describe, expect, it } from '@jest/globals';
import { CreateTask } from '@klevr/contracts/task';
import { z } from 'zod';
import { inputFaults } from './input-faults.js';

const faultsOf = (schema: z.ZodType, value: unknown, prefix: string[] = []) => {
  const { error } = schema.safeParse(value);
  return inputFaults(error?.issues ?? [], prefix);
};

const target = z.union([z.strictObject({ agent: z.string(), n: z.number() }), z.strictObject({ all: z.string() })], {
  error: 'must be one',
});

describe('inputFaults', () => {
  it('names unknown fields one by one', () => {
    expect(faultsOf(z.object({ a: z.strictObject({}) }), { a: { x: 1, y: 2 } })).toEqual([
      { path: 'a.x', message: 'is not a known field' },
      { path: 'a.y', message: 'is not a known field' },
    ]);
  });

  it('puts the name of the parameter first', () => {
    expect(faultsOf(z.string('is no text'), 1, ['zone'])).toEqual([{ path: 'zone', message: 'is no text' }]);
  });

  it('tells what is wrong with a record name at the record’s field', () => {
    expect(faultsOf(z.record(z.string().regex(/^a/, 'must begin with a'), z.number()), { b: 1 })).toEqual([
      { path: 'b', message: 'the name must begin with a' },
    ]);
  });

  it('tells the faults of the variant that comes closest', () => {
    expect(faultsOf(target, { agent: 'x', n: 'y', colour: 1 }).map((fault) => fault.path)).toEqual(['', 'n', 'colour']);
  });

  it('tells only what the union says where no variant comes closest', () => {
    expect(faultsOf(target, 'x')).toEqual([{ path: '', message: 'must be one' }]);
    expect(faultsOf(z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.string() })], { error: 'a or b' }), {})).toEqual([
      { path: '', message: 'a or b' },
    ]);
  });

  it('tells every fault of a step', () => {
    const task = { name: 'x', zone: 'demo', target: { all: '' }, steps: [{ name: '', run: 'x', timeoutSeconds: -1, colour: 1 }] };
    const paths = faultsOf(CreateTask, task).map((fault) => fault.path);
    expect(paths).toEqual(expect.arrayContaining(['steps.0.name', 'steps.0.timeoutSeconds', 'steps.0.colour']));
  });

  it('is bounded in number and in length', () => {
    const faults = faultsOf(
      z.strictObject({}),
      Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`${'x'.repeat(1_000)}${at}`, at])),
    );
    expect(faults).toHaveLength(200);
    expect(JSON.stringify(faults).length).toBeLessThan(64 * 1024);
    const lists = z.object({ a: z.array(z.number()), b: z.strictObject({}) });
    const value = {
      a: Array.from({ length: 150 }, () => 'x'),
      b: Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`f${at}`, at])),
    };
    expect(faultsOf(lists, value)).toHaveLength(200);
  });
});
