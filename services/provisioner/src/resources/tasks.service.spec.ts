import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import type { WakeUps } from '../wake-ups.js';
import type { OperationRow } from './operation-row.js';
import type { OperationTimes } from './operation-task.js';
import type { OperationsStore } from './operations.store.js';
import type { ShellService } from './shell/shell.service.js';
import type { Story } from './story.js';
import { addOne, recipe, resourceRow, storyAt } from './story.fixture.js';
import type { TaskManagerClient } from './task-manager.client.js';
import { TaskParts, TasksService } from './tasks.service.js';

/** Operations by scripts, whose recipe answers so when a task of theirs is looked at. */
const served = (task: { status: string } | undefined, refusal: unknown): { operation: OperationRow; see: () => Promise<void> } => {
  const row = resourceRow();
  const operation = addOne(storyAt(row));
  Object.assign(operation, { taskId: newId('task'), status: 'running', startedAt: new Date(0) });
  const revision = { recipe: { ...recipe, pinned: { ...recipe.pinned, driver: 'shell' } } };
  const store = {
    // As it was when it was read.
    find: async () => ({ ...operation }),
    revisionOf: async () => revision,
    change: async (_operation: OperationRow, _now: Date, work: (story: Story, now: OperationRow, of: typeof revision) => unknown) =>
      work(storyAt(row, 1), operation, revision),
  } as unknown as OperationsStore;
  const refuse = async (): Promise<never> => {
    throw refusal;
  };
  const tasks = { task: async () => task, cancel: async () => undefined } as unknown as TaskManagerClient;
  const shell = { look: refuse, ended: refuse } as unknown as ShellService;
  const log = { debug: () => undefined } as unknown as Log;
  const wakeUps = { committed: () => undefined } as unknown as WakeUps;
  const service = new TasksService(store, new TaskParts(tasks, {} as OperationTimes, shell), wakeUps, new FakeClock(), log);
  return { operation, see: () => service.see(operation.id) };
};
const refusal = new AppError('BAD_REQUEST', 'The recipe is another', { errors: [{ path: 'spec.scripts', message: 'has no apply' }] });

describe('an operation by scripts whose recipe does not fit any more', () => {
  it('ends with that as its reason once its script has ended, and is not asked about for ever', async () => {
    const { operation, see } = served({ status: 'succeeded' }, refusal);
    await see();
    const message = 'The recipe is another: spec.scripts: has no apply';
    expect(operation).toMatchObject({ status: 'failed', reason: { code: 'BAD_REQUEST', message }, taskDueAt: null });
  });

  it('goes on while its script runs', async () => {
    const { operation, see } = served({ status: 'running' }, refusal);
    await see();
    expect(operation.status).toBe('running');
    expect(operation.taskDueAt).toBeInstanceOf(Date);
  });

  it('is seen to again where something is away for the moment', async () => {
    const { operation, see } = served({ status: 'succeeded' }, new AppError('UNAVAILABLE', 'The task-manager is away'));
    await see();
    expect(operation.status).toBe('running');
    expect(operation.taskDueAt).toBeInstanceOf(Date);
  });
});

describe('an operation whose cancel is asked for while its task is looked at', () => {
  it('stays due at once, and is not put off with the look', async () => {
    const { operation, see } = served({ status: 'running' }, undefined);
    const due = new Date(5);
    const seen = see();
    Object.assign(operation, { cancelAt: due, taskDueAt: due });
    await seen;
    expect(operation.taskDueAt).toBe(due);
  });
});
