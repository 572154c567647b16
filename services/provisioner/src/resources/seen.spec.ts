import { describe, expect, it } from '@jest/globals';
import { lookAt } from './life.js';
import { isSeenByOperations, takeOver } from './seen.js';
import { after, fine, readyRow, recipe, storyAt } from './story.fixture.js';

describe('what no worker looks at by itself', () => {
  it.each(['shell', 'terraform', 'kubectl', 'helm'] as const)(
    'is asked for in time, and does not become unknown in between: %s',
    (driver) => {
      const asked = { ...recipe, pinned: { ...recipe.pinned, driver } };
      const row = readyRow({ recipe: asked });
      takeOver(storyAt(row), fine(), asked);
      expect([isSeenByOperations(asked), row.observeBy]).toEqual([true, after(60)]);
      const story = storyAt(row, 60);
      lookAt(story, false);
      expect(row).toMatchObject({ status: 'ready', observeBy: after(120) });
      expect(story.made).toMatchObject([{ action: 'refresh', cause: 'schedule' }]);
    },
  );

  it('is not what the others made, who are given time to tell of it', () => {
    const row = readyRow();
    takeOver(storyAt(row), fine(), recipe);
    expect([isSeenByOperations(recipe), row.observeBy]).toEqual([false, after(210)]);
  });
});
