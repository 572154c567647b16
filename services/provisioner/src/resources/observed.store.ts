import { Injectable } from '@nestjs/common';
import type { ShelvedRecipe } from './recipe-shelf.js';
import { findRevision } from './rows.store.js';
import { StoriesStore } from './stories.store.js';
import type { Story } from './story.js';

/** A resource, with the recipe of the revision that was seen. */
@Injectable()
export class ObservedStore {
  constructor(private readonly stories: StoriesStore) {}

  /** Undefined where there is no such resource. */
  change<T>(
    resourceId: string,
    revision: number,
    now: Date,
    work: (story: Story, recipe: ShelvedRecipe | undefined) => T,
  ): Promise<T | undefined> {
    return this.stories.tell(resourceId, now, async (story, manager) =>
      work(story, (await findRevision(manager, resourceId, revision))?.recipe),
    );
  }
}
