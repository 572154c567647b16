import { describe, expect, it } from '@jest/globals';
import { lookAt } from './life.js';
import { isSeenByOperations, takeOver } from './seen.js';
import { after, fine, readyRow, recipe, storyAt } from './story.fixture.js';

describe('what no worker looks at by itself', () => {
  it('is asked for in time, and does not become unknown in between', () => {
    const terraform = { ...recipe, pinned: { ...recipe.pinned, driver: 'terraform' as const } };
    const row = readyRow({ recipe: terraform });
    takeOver(storyAt(row), fine(), terraform);
    expect([isSeenByOperations(terraform), row.observeBy]).toEqual([true, after(60)]);
    const story = storyAt(row, 60);
    lookAt(story, false);
    expect(row).toMatchObject({ status: 'ready', observeBy: after(120) });
    expect(story.made).toMatchObject([{ action: 'refresh', cause: 'schedule' }]);
  });

  it('is not what the others made, who are given time to tell of it', () => {
    const row = readyRow();
    takeOver(storyAt(row), fine(), recipe);
    expect([isSeenByOperations(recipe), row.observeBy]).toEqual([false, after(210)]);
  });
});
