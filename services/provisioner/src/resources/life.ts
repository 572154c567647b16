import type { Observation } from '@klevr/contracts/provision';
import { healPauseMs, healsNow } from './heal.js';
import { isChange, type OperationRow } from './operation-row.js';
import { isOpen, nextOperationStatus, type OperationEvent } from './operation-state.js';
import type { ShelvedRecipe } from './recipe-shelf.js';
import { operationEvent } from './resource-events.js';
import type { Reason } from './resource-row.js';
import { lookAgainAt, observeByOf, takeOver } from './seen.js';
import { addOperation, become, type Story } from './story.js';

/** Who makes operations that nobody asked for. */
export const byItself = { userId: 'provisioner', username: 'provisioner' } as const;

const closing = { plan: null, refresh: null, apply: 'applyFailed', destroy: 'destroyFailed' } as const;

/** A worker has it in hand. Where something is made there is what looks after it from then on, whatever becomes of the operation. */
export const begin = (story: Story, operation: OperationRow, engineId: string | null = null): void => {
  const { row, now } = story;
  if (operation.action === 'apply') {
    row.workerId = operation.workerId;
    row.engine = engineId ?? row.engine;
  }
  if (operation.status === 'queued') {
    operation.status = nextOperationStatus('queued', 'began');
    operation.reason = null;
    operation.startedAt = now;
    story.events.push(operationEvent(operation, now));
    if (operation.action === 'apply') {
      row.begunRevision = operation.revision;
      become(story, 'applyBegan', null);
    }
    if (operation.action === 'destroy') become(story, 'destroyBegan', null);
  }
  story.changed.add(operation);
};

export interface End {
  readonly event: OperationEvent;
  readonly reason: Reason | null;
  readonly observation?: Observation | null;
  /** Of the desired state that the operation is about. */
  readonly recipe: ShelvedRecipe;
}

/** The end of an operation, and what it means for its resource. What has ended already stays as it is. */
export const end = (story: Story, operation: OperationRow, { event, reason, observation, recipe }: End): void => {
  const { row, now } = story;
  if (!isOpen(operation.status)) return;
  if (event === 'succeeded') begin(story, operation);
  operation.status = nextOperationStatus(operation.status, event);
  operation.reason = operation.status === 'succeeded' ? null : reason;
  operation.finishedAt = now;
  // A task that may exist although nobody noted it has to be found, and canceled.
  if (operation.taskId !== null || operation.taskTries === 0) operation.taskDueAt = null;
  story.changed.add(operation);
  story.events.push(operationEvent(operation, now));
  if (isChange(operation)) {
    story.releaseState = true;
    if (row.operationId === operation.id) row.operationId = null;
  }
  // One that never began says nothing of its resource.
  const says = operation.action !== 'plan' && operation.startedAt !== null;
  const drifted = observation && says ? seenBy(story, operation, observation, recipe) : undefined;
  if (operation.status === 'succeeded') succeeded(story, operation, drifted ?? false);
  else failed(story, operation);
};

/** The worker that carried something out is the one that looks after it from then on. */
const seenBy = (story: Story, operation: OperationRow, observation: Observation, recipe: ShelvedRecipe): boolean => {
  const { row } = story;
  if (operation.action === 'refresh' && operation.revision !== row.begunRevision) return row.drift !== null;
  row.workerId = operation.workerId;
  return takeOver(story, observation, recipe);
};

const succeeded = (story: Story, operation: OperationRow, drifted: boolean): void => {
  const { row } = story;
  if (operation.action === 'apply') {
    row.appliedRevision = operation.revision;
    story.appliedRevision = operation.revision;
    row.workerId = operation.workerId ?? row.workerId;
    become(story, drifted ? 'appliedOtherwise' : 'applied', null);
  }
  if (operation.action === 'refresh') become(story, drifted ? 'seenDrifted' : 'seenGood', null);
  if (operation.action === 'destroy') {
    become(story, 'destroyed', null);
    Object.assign(row, { appliedRevision: null, begunRevision: null, workerId: null, observed: null, observeBy: null, drift: null });
    Object.assign(row, { driftDigest: null, health: { state: 'none', checks: [] }, outputs: {}, healAt: null, healTries: 0 });
    story.secretOutputs = null;
  }
  mendIfDrifted(story);
};

const failed = (story: Story, operation: OperationRow): void => {
  const { row } = story;
  const event = closing[operation.action];
  if (operation.startedAt !== null && event !== null) become(story, event, operation.reason);
  if (operation.cause === 'selfHeal' && row.selfHeal) {
    row.healAt = row.healNotBefore ?? new Date(story.now.getTime() + healPauseMs(row.healTries));
  }
};

/** What drifted is brought back by itself, where its owner wants that: to what was applied, not to what was only written down since. */
export const mendIfDrifted = (story: Story): void => {
  const { row, now } = story;
  if (row.status !== 'drifted') return;
  heal(story, now);
};

/** Also for a mending that failed and is due again. */
export const heal = (story: Story, now: Date): void => {
  const { row } = story;
  if (row.begunRevision === null || !healsNow(row, now)) return;
  addOperation(story, { action: 'apply', cause: 'selfHeal', revision: row.begunRevision, by: byItself });
};

/** Nobody has looked at it for too long, or who did is gone: another worker on the same engine may. */
export const loseSightOf = (story: Story, reason: Reason, hasOpenRefresh: boolean): void => {
  const { row, now } = story;
  row.observeBy = new Date(now.getTime() + askAgainMs);
  // Whoever carries that out looks at it.
  if (row.operationId !== null) return;
  row.workerId = null;
  become(story, 'unseen', reason);
  if (row.status !== 'unknown' || row.begunRevision === null || hasOpenRefresh) return;
  addOperation(story, { action: 'refresh', cause: 'schedule', revision: row.begunRevision, by: byItself });
};

/** The time has come to look at what no worker looks at by itself. Nobody knows how it is where that has not worked for some time. */
export const lookAt = (story: Story, hasOpenRefresh: boolean): void => {
  const { row, now } = story;
  row.observeBy = lookAgainAt(now, row.recipe);
  if (row.operationId !== null || row.begunRevision === null) return;
  const unseenBy = row.observedAt && observeByOf(row.observedAt, row.recipe.observeEverySeconds);
  if (unseenBy !== null && unseenBy < now)
    become(story, 'unseen', {
      code: 'NOT_OBSERVED',
      message: `no status was told since ${row.observedAt?.toISOString() ?? 'it was made'}`,
    });
  if (!hasOpenRefresh) addOperation(story, { action: 'refresh', cause: 'schedule', revision: row.begunRevision, by: byItself });
};

/** While nobody finds it, it is asked for so often; and a refresh that nobody takes waits no longer. */
export const askAgainMs = 3_600_000;
