import { describe, expect, it } from '@jest/globals';
import { resourceStatuses } from '@klevr/contracts/resource';
import fc from 'fast-check';
import { change, seen } from '../fake-worker.fixture.js';
import { begin, end, loseSightOf, mendIfDrifted } from './life.js';
import { isChange, type OperationRow } from './operation-row.js';
import { isOpen, operationTransitions, type OperationEvent } from './operation-state.js';
import type { ResourceRow } from './resource-row.js';
import { resourceTransitions } from './resource-state.js';
import { takeOver } from './seen.js';
import { become } from './story.js';
import { addOne, after, recipe, resourceRow, storyAt } from './story.fixture.js';

/** What cannot be true of a resource and its open operations. */
const contradictions = (row: ResourceRow, open: readonly OperationRow[]): string[] => {
  const changes = open.filter(isChange);
  const [first] = changes;
  const left = [row.appliedRevision, row.begunRevision, row.drift, row.healAt, row.workerId].some((value) => value !== null);
  const rules: Record<string, boolean> = {
    'one change at a time, and the resource names it': changes.length <= 1 && (first?.id ?? null) === row.operationId,
    'what changes is changed by somebody': !['applying', 'destroying'].includes(row.status) || first?.status === 'running',
    'what is ready was applied': row.status !== 'ready' || row.appliedRevision !== null,
    'what drifted differs': row.status !== 'drifted' || row.drift !== null,
    'of what is destroyed nothing is left': row.status !== 'destroyed' || !left,
    'what is new was never begun': row.status !== 'new' || row.begunRevision === null,
    'one refresh at a time asks for what nobody sees': open.filter(({ cause }) => cause === 'schedule').length <= 1,
  };
  return Object.keys(rules).filter((rule) => rules[rule] !== true);
};

describe('the states of a resource', () => {
  it('are left and reached only by edges of the table, of which every state has one and none leads back to where it began', () => {
    for (const status of resourceStatuses) {
      const edges = Object.values(resourceTransitions[status]);
      expect(edges.length).toBeGreaterThan(0);
      expect(edges).not.toContain(status);
    }
    const reached = new Set(Object.values(resourceTransitions).flatMap((edges) => Object.values(edges)));
    expect([...reached].sort()).toEqual(resourceStatuses.filter((status) => status !== 'new').sort());
  });

  it('stay failed, whatever is seen, until something is carried out again', () => {
    expect(Object.keys(resourceTransitions.failed)).toEqual(['applyBegan', 'destroyBegan']);
  });

  it('of an operation end once', () => {
    for (const [status, edges] of Object.entries(operationTransitions))
      expect(Object.keys(edges).length > 0).toBe(['queued', 'running'].includes(status));
  });

  const word = fc.oneof(
    fc.record({ do: fc.constant('ask' as const), action: fc.constantFrom('plan', 'apply', 'destroy', 'refresh') }),
    fc.record({ do: fc.constant('begin' as const) }),
    fc.record({
      do: fc.constant('end' as const),
      event: fc.constantFrom<OperationEvent>(
        'succeeded',
        'failed',
        'canceled',
        'taskDone',
        'taskFailed',
        'taskCanceled',
        'taskLost',
        'refused',
      ),
      drifted: fc.boolean(),
    }),
    fc.record({ do: fc.constant('see' as const), drifted: fc.boolean() }),
    fc.record({ do: fc.constant('lose' as const) }),
  );

  /** Words come as they would: one change at a time, observations only while nothing changes. */
  it('fit what is known of the resource after any story', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.boolean(), (words, selfHeal) => {
        const row = resourceRow({ selfHeal });
        const open: OperationRow[] = [];
        for (const [index, said] of words.entries()) {
          const story = storyAt(row, index * 7);
          const observation = (drifted: boolean) =>
            seen({ observedAtMs: after(index * 7).getTime(), drift: drifted ? [change('thing', 'update')] : [] });
          const [first] = open;
          if (said.do === 'ask' && !(row.operationId !== null && ['apply', 'destroy'].includes(said.action))) {
            addOne(story, { action: said.action, cause: 'user' });
          }
          if (said.do === 'begin' && first !== undefined) begin(story, first);
          if (said.do === 'end' && first !== undefined) {
            first.workerId = 'w';
            end(story, first, { event: said.event, reason: { code: 'X', message: 'x' }, observation: observation(said.drifted), recipe });
          }
          if (said.do === 'see' && row.operationId === null && row.begunRevision !== null) {
            become(story, takeOver(story, observation(said.drifted), recipe) ? 'seenDrifted' : 'seenGood', null);
            mendIfDrifted(story);
          }
          if (said.do === 'lose')
            loseSightOf(
              story,
              { code: 'NOT_OBSERVED', message: 'x' },
              open.some(({ action }) => action === 'refresh'),
            );
          open.push(...story.made);
          for (const ended of open.filter(({ status }) => !isOpen(status))) open.splice(open.indexOf(ended), 1);

          expect(contradictions(row, open)).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
