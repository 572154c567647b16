import { describe, expect, it } from '@jest/globals';
import { AppError, type Fault } from '@klevr/contracts/errors';
import { CreateTask } from '@klevr/contracts/task';
import { AddressPolicy } from '../callbacks/address-policy.js';
import { largestWorkBytes, newTask, refuseFaulty } from './new-task.js';

const place = { zoneId: 'zone_1', zoneName: 'demo' };
const by = { username: 'ann', now: new Date('2026-01-01T00:00:00.000Z'), newSecret: () => 'whsec_made' };
const request = (changes: object = {}): CreateTask =>
  CreateTask.parse({ name: 't', zone: 'demo', target: { all: '' }, steps: [{ name: 'a', run: ':' }], ...changes });
const faultsOf = (task: CreateTask): Fault[] => {
  try {
    refuseFaulty(task, new AddressPolicy(false));
    return [];
  } catch (error) {
    return error instanceof AppError ? (error.errors ?? []) : [];
  }
};

describe('a new task', () => {
  it('names every fault that the schema cannot see', () => {
    const task = request({
      steps: [{ name: 'a', use: 'Nonsense' }],
      recovery: [{ name: 'b', use: 'Noop', with: { x: 1 } }],
      callbacks: [{ url: 'http://127.0.0.1/x' }],
      parameters: { big: 'x'.repeat(largestWorkBytes) },
    });
    expect(faultsOf(task).map(({ path }) => path)).toEqual(['steps.0.use', 'recovery.0.with', 'steps', 'callbacks.0.url']);
  });

  it('is refused the command of workers, and says why', () => {
    const faults = faultsOf(request({ steps: [{ name: 'a', use: 'Provision' }], recovery: [{ name: 'b', use: 'Provision' }] }));
    expect(faults.map(({ path }) => path)).toEqual(['steps.0.use', 'recovery.0.use']);
    expect(faults[0]?.message).toContain('operations on resources alone');
  });

  it('has a run for each agent of `all`, and one without an agent for `any` and `primary`', () => {
    expect(newTask(request(), place, ['a1', 'a2'], by).runs.map(({ agentId }) => agentId)).toEqual(['a1', 'a2']);
    expect(newTask(request({ target: { any: '' } }), place, ['a1', 'a2'], by).runs.map(({ agentId }) => agentId)).toEqual([null]);
    expect(newTask(request({ target: { primary: true } }), place, [], by).runs).toHaveLength(1);
  });

  it('shows a secret that was made, and no other', () => {
    const given = `whsec_${Buffer.alloc(24).toString('base64')}`;
    const made = newTask(request({ callbacks: [{ url: 'https://a.test/' }] }), place, ['a1'], by);
    expect(made).toMatchObject({
      showsSecret: true,
      callbacks: [{ secret: 'whsec_made' }],
      task: { callbacks: [{ secret: 'whsec_made' }] },
    });
    const own = newTask(request({ callbacks: [{ url: 'https://a.test/', secret: given }] }), place, ['a1'], by);
    expect(own).toMatchObject({ showsSecret: false, callbacks: [{ secret: given }], task: { callbacks: [{ url: 'https://a.test/' }] } });
    expect(own.task.callbacks[0]).not.toHaveProperty('secret');
  });
});
