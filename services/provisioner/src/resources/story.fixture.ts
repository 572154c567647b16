import { newId } from '@klevr/contracts/ids';
import { change, seen } from '../fake-worker.fixture.js';
import { newResource } from './desired.js';
import type { OperationRow } from './operation-row.js';
import type { ShelvedRecipe } from './recipe-shelf.js';
import type { ResourceRow } from './resource-row.js';
import { addOperation, storyOf, type NewOperation, type Story } from './story.js';

export const startedAt = new Date('2026-01-01T00:00:00.000Z');
export const after = (seconds: number): Date => new Date(startedAt.getTime() + seconds * 1_000);

export const recipe: ShelvedRecipe = {
  pinned: { source: 'klevr', name: 'web', version: '1.0.0', commit: 'c', digest: 'd', driver: 'pretend' },
  ...{ bytes: 1, sensitiveOutputs: ['password'], observeEverySeconds: 60 },
};

export const resourceRow = (more: Partial<ResourceRow> = {}): ResourceRow => {
  const wish = {
    zoneId: newId('zone'),
    zoneName: 'zone',
    name: 'web',
    recipe,
    parameters: {},
    selfHeal: false,
    engine: null,
    createdBy: 'x',
  };
  return { ...newResource(wish, startedAt), ...more };
};

/** One that was applied and is well. */
export const readyRow = (more: Partial<ResourceRow> = {}): ResourceRow =>
  resourceRow({ status: 'ready', appliedRevision: 1, begunRevision: 1, engine: 'engine-1', workerId: newId('agent'), ...more });

export const addOne = (story: Story, more: Partial<NewOperation> = {}): OperationRow =>
  addOperation(story, { action: 'apply', cause: 'user', revision: story.row.revision, by: { userId: 'u', username: 'x' }, ...more });

export const storyAt = (row: ResourceRow, seconds = 0): Story => storyOf(row, after(seconds));
export const drifting = (seconds = 0) => seen({ drift: [change('thing/web', 'update')], observedAtMs: after(seconds).getTime() });
export const fine = (seconds = 0) => seen({ observedAtMs: after(seconds).getTime() });
export const typesOf = (story: Story): string[] => story.events.map(({ body }) => (body as { type: string }).type);
