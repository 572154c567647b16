import { describe, expect, it } from '@jest/globals';
import { takeRecipe } from './desired.js';
import { recipe, resourceRow } from './story.fixture.js';

describe('another recipe of a resource', () => {
  it('leaves the engine that had it only where it is for another driver', () => {
    const row = resourceRow({ status: 'destroyed', engine: 'engine-1' });
    takeRecipe(row, { ...recipe, pinned: { ...recipe.pinned, version: '9.0.0' } });
    expect(row).toMatchObject({ engine: 'engine-1', recipe: { pinned: { version: '9.0.0' } } });
    takeRecipe(row, { ...recipe, pinned: { ...recipe.pinned, driver: 'libvirt' } });
    expect(row).toMatchObject({ engine: null, recipe: { pinned: { driver: 'libvirt' } } });
  });
});
