import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { stepOf } from '../dispatch/fake-worker.fixture.js';
import { newTask } from './new-task.js';
import { requestOf, type OperationTask } from './operation-task.js';

const place = { zoneId: newId('zone'), zoneName: 'demo' };
const by = { username: 'ann', now: new Date('2026-01-01T00:00:00.000Z'), newSecret: () => 'whsec_made' };
const operation = (more: Partial<OperationTask> = {}): OperationTask => ({
  ...{ actor: { userId: 'usr_1', username: 'ann' }, name: 'apply web', zoneId: place.zoneId, step: stepOf(), credentials: [] },
  ...{ target: { worker: { driver: 'docker', engine: 'kd' } }, timeoutSeconds: 60, deadline: null },
  ...more,
});

describe("an operation's task", () => {
  it('is one step for one worker that is not known yet, and goes on elsewhere where that is lost', () => {
    const asked = operation({ credentials: ['TOKEN'], deadline: '2026-02-01T00:00:00.000Z' });
    const { task, runs } = newTask(requestOf(asked), place, [], by);
    expect(task).toMatchObject({
      ...{ target: asked.target, steps: [{ name: 'apply', use: 'Provision', with: asked.step, retries: 0 }], recovery: [] },
      ...{ execution: 'atLeastOnce', resumable: false, credentials: ['TOKEN'], timeoutSeconds: 60, deadline: asked.deadline },
    });
    expect(task.retryPolicy?.on).toEqual(['lost']);
    expect(task.retryPolicy?.maxAttempts).toBeGreaterThan(1);
    expect(runs).toMatchObject([{ agentId: null, targetKind: 'worker', wait: null }]);
  });

  it('has the same key as every other of its resource, and no other resource has it', () => {
    const { resource } = stepOf();
    const keyOf = (more: Partial<OperationTask>): string | undefined => requestOf(operation(more)).concurrencyKey;
    const keys = [keyOf({ step: stepOf({ resource }) }), keyOf({ step: stepOf({ resource, action: 'destroy' }) })];
    expect(keys).toEqual([`resource:${resource.id}`, `resource:${resource.id}`]);
    expect(keyOf({})).not.toBe(keys[0]);
  });
});
