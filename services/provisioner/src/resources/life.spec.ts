import { describe, expect, it } from '@jest/globals';
import { healPauseMs } from './heal.js';
import { begin, end, heal, loseSightOf, mendIfDrifted } from './life.js';
import { takeOver } from './seen.js';
import { become } from './story.js';
import { addOne, after, drifting, fine, readyRow, recipe, resourceRow, storyAt, typesOf } from './story.fixture.js';

const reason = { code: 'X', message: 'why' };

describe('an operation', () => {
  it('that ends before it began leaves its resource as it was, and free for the next', () => {
    const row = resourceRow();
    const operation = addOne(storyAt(row));
    expect(row.operationId).toBe(operation.id);
    const story = storyAt(row, 1);
    end(story, operation, { event: 'taskTimedOut', reason, recipe });
    expect(row).toMatchObject({ status: 'new', operationId: null });
    expect(operation).toMatchObject({ status: 'failed', reason, taskDueAt: null });
    expect(typesOf(story)).toEqual(['resource.operation']);
  });

  it('is still seen to after its end where its task may have been made unnoticed', () => {
    const operation = addOne(storyAt(resourceRow()));
    operation.taskTries = 1;
    end(storyAt(resourceRow(), 1), operation, { event: 'canceled', reason, recipe });
    expect(operation.taskDueAt).toEqual(after(0));
  });

  it('ends once: what is said later changes nothing', () => {
    const row = resourceRow();
    const operation = addOne(storyAt(row));
    begin(storyAt(row, 1), operation);
    end(storyAt(row, 2), operation, { event: 'taskLost', reason, recipe });
    const story = storyAt(row, 3);
    end(story, operation, { event: 'succeeded', reason: null, observation: fine(3), recipe });
    expect([row.status, operation.status, story.events]).toEqual(['failed', 'lost', []]);
  });

  it('that succeeded leaves what is there with the worker and the engine that made it, and lets its state go', () => {
    const row = resourceRow();
    const operation = addOne(storyAt(row));
    operation.workerId = 'agt_1';
    begin(storyAt(row, 1), operation, 'engine-1');
    const story = storyAt(row, 2);
    end(story, operation, { event: 'succeeded', reason: null, observation: fine(2), recipe });
    expect(row).toMatchObject({ status: 'ready', appliedRevision: 1, begunRevision: 1, workerId: 'agt_1', engine: 'engine-1' });
    expect(story).toMatchObject({ releaseState: true, appliedRevision: 1 });
  });

  it('that never began says nothing of its resource', () => {
    const row = resourceRow({ status: 'destroyed' });
    const operation = addOne(storyAt(row), { action: 'destroy' });
    operation.workerId = 'agt_1';
    end(storyAt(row, 1), operation, { event: 'failed', reason, observation: drifting(1), recipe });
    expect(row).toMatchObject({ status: 'destroyed', workerId: null, drift: null, observed: null });
  });

  it('that refreshed another revision than the one begun last says nothing of drift', () => {
    const row = readyRow({ begunRevision: 2, revision: 2 });
    const operation = addOne(storyAt(row), { action: 'refresh', revision: 1 });
    end(storyAt(row, 1), operation, { event: 'succeeded', reason: null, observation: drifting(1), recipe });
    expect(row).toMatchObject({ status: 'ready', drift: null });
  });
});

describe('drift', () => {
  const see = (row: ReturnType<typeof readyRow>, seconds: number) => {
    const story = storyAt(row, seconds);
    become(story, takeOver(story, drifting(seconds), recipe) ? 'seenDrifted' : 'seenGood', null);
    mendIfDrifted(story);
    return story;
  };
  const mended = (row: ReturnType<typeof readyRow>, story: ReturnType<typeof see>, seconds: number, well = true): void => {
    const [operation] = story.made;
    if (operation === undefined) throw new Error('nothing was made');
    begin(storyAt(row, seconds), operation);
    end(storyAt(row, seconds), operation, {
      event: well ? 'succeeded' : 'failed',
      reason,
      observation: well ? fine(seconds) : null,
      recipe,
    });
  };

  it('is mended by what was applied, and only where its owner wants that', () => {
    expect(see(readyRow(), 1).made).toEqual([]);
    const row = readyRow({ selfHeal: true, revision: 5 });
    expect(see(row, 1).made).toMatchObject([{ action: 'apply', cause: 'selfHeal', revision: 1 }]);
    expect(see(row, 2).made).toEqual([]);
  });

  it('that comes back at once is mended more and more seldom, and after a calm time anew', () => {
    const row = readyRow({ selfHeal: true });
    let at = 0;
    const pauses: number[] = [];
    for (let round = 0; round < 9; round++) {
      mended(row, see(row, at), at + 1);
      const waiting = see(row, at + 2);
      expect(waiting.made).toEqual([]);
      pauses.push(((row.healAt?.getTime() ?? 0) - after(at).getTime()) / 1_000);
      at = ((row.healAt?.getTime() ?? 0) - after(0).getTime()) / 1_000;
    }
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
    mended(row, see(row, at), at + 1);
    see(row, at + 5_000);
    expect(row.healTries).toBe(1);
  });

  it('whose mending failed is tried again when its time has come', () => {
    const row = readyRow({ selfHeal: true });
    mended(row, see(row, 0), 1, false);
    expect(row).toMatchObject({ status: 'failed', healAt: after(10) });
    const early = storyAt(row, 9);
    heal(early, early.now);
    expect(early.made).toEqual([]);
    const due = storyAt(row, 10);
    heal(due, due.now);
    expect(due.made).toMatchObject([{ cause: 'selfHeal' }]);
  });

  it('has pauses that never shrink and end at ten minutes', () => {
    const pauses = Array.from({ length: 40 }, (_, tries) => healPauseMs(tries));
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.at(-1)).toBe(600_000);
  });

  it('is told once, and again only where it is another', () => {
    const row = readyRow();
    expect(typesOf(see(row, 1))).toEqual(['resource.drifted', 'resource.status']);
    expect(typesOf(see(row, 2))).toEqual([]);
    expect(row.drift?.since).toBe(after(1).toISOString());
    const story = storyAt(row, 3);
    expect(takeOver(story, fine(3), recipe)).toBe(false);
    expect(typesOf(story)).toEqual(['resource.healed']);
  });
});

describe('what nobody looks at', () => {
  it('is unknown, and one refresh at a time asks for it', () => {
    const row = readyRow();
    const story = storyAt(row, 1);
    loseSightOf(story, reason, false);
    expect(row).toMatchObject({ status: 'unknown', workerId: null, reason: { code: 'X', since: after(1).toISOString() } });
    expect(story.made).toMatchObject([{ action: 'refresh', cause: 'schedule', revision: 1, engine: 'engine-1' }]);
    const again = storyAt(row, 2);
    loseSightOf(again, reason, true);
    expect(again.made).toEqual([]);
    expect(row.observeBy?.getTime()).toBeGreaterThan(again.now.getTime());
  });

  it('is looked at all the same while somebody changes it', () => {
    const row = readyRow();
    const worker = row.workerId;
    addOne(storyAt(row));
    loseSightOf(storyAt(row, 1), reason, false);
    expect(row).toMatchObject({ status: 'ready', workerId: worker });
    expect(row.observeBy?.getTime()).toBeGreaterThan(after(1).getTime());
  });

  it('keeps the failure that is known of it', () => {
    const row = readyRow({ status: 'failed', reason: { code: 'APPLY_FAILED', message: 'm', since: after(0).toISOString() } });
    const story = storyAt(row, 1);
    loseSightOf(story, reason, false);
    expect(row).toMatchObject({ status: 'failed', reason: { code: 'APPLY_FAILED' } });
    expect(story.made).toEqual([]);
  });
});
