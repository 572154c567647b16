import type { DriverName } from '@klevr/contracts/recipe';
import type { Observation } from '@klevr/contracts/provision';
import { digestOf, driftOf, healthOf, keptChanges, keptParts, splitOutputs } from './observation.js';
import type { ShelvedRecipe } from './recipe-shelf.js';
import { driftedEvent, resourceEvent } from './resource-events.js';
import type { Story } from './story.js';

const intervalsUnseen = 3;
const slackMs = 30_000;
/** A worker's clock that is ahead must not keep later observations out. */
const mostAheadMs = 5_000;

export const observeByOf = (observedAt: Date, everySeconds: number): Date =>
  new Date(observedAt.getTime() + intervalsUnseen * everySeconds * 1_000 + slackMs);

/**
 * Scripts run on agents, the state of terraform is given to operations alone, and what a cluster has can be compared only with what was rendered with its secrets,
 * which a worker has during operations: no worker is sure to look at what these made by itself.
 */
const byOperations: ReadonlySet<DriverName> = new Set(['shell', 'terraform', 'kubectl', 'helm']);
export const isSeenByOperations = ({ pinned: { driver } }: ShelvedRecipe): boolean => byOperations.has(driver);

/** Where no worker looks, the centre asks the next time itself. */
export const lookAgainAt = (now: Date, recipe: ShelvedRecipe): Date =>
  isSeenByOperations(recipe) ? new Date(now.getTime() + recipe.observeEverySeconds * 1_000) : observeByOf(now, recipe.observeEverySeconds);

/** Takes over what a worker saw of what came by this recipe, all but the status. Answers whether there is drift. */
export const takeOver = (story: Story, observation: Observation, recipe: ShelvedRecipe): boolean => {
  const { row, now, events } = story;
  const observedAt = new Date(Math.min(observation.observedAtMs, now.getTime() + mostAheadMs));
  row.observed = keptParts(observation.parts);
  row.observedAt = observedAt;
  row.observeBy = lookAgainAt(now, recipe);
  const { shown, secret } = splitOutputs(observation.outputs, recipe.sensitiveOutputs);
  row.outputs = shown;
  story.secretOutputs = secret;
  if (observation.engine !== null) row.engine = observation.engine.id;
  takeHealth(story, observation.health);
  const drift = driftOf(observation.drift);
  if (drift.length === 0) {
    if (row.drift !== null) events.push(resourceEvent('resource.healed', row, { since: row.drift.since }, now));
    Object.assign(row, { drift: null, driftDigest: null, healAt: null });
    return false;
  }
  const digest = digestOf(drift);
  const changed = digest !== row.driftDigest;
  row.drift = { since: row.drift?.since ?? now.toISOString(), changes: keptChanges(drift) };
  row.driftDigest = digest;
  if (changed) events.push(driftedEvent(row, now));
  return true;
};

const takeHealth = ({ row, now, events }: Story, checks: Observation['health']): void => {
  const [before, state] = [row.health.state, healthOf(checks)];
  row.health = { state, checks };
  if (state === before) return;
  const told = checks.slice(0, 20).map(({ name, state: of, message }) => ({ name, state: of, message }));
  events.push(resourceEvent('resource.health', row, { state, before, checks: told }, now));
};
