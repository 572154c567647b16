import { isDeepStrictEqual } from 'node:util';
import type { PlanChange } from '@klevr/contracts/resource';
import type { Goal } from '../driver.js';
import type { Thing, Things } from './pretend-world.js';

/** What is to be done so that the world has these things of a resource, or none of them. */
export const keyOf = (resource: string, part: string): string => `${resource}/${part}`;

export const ownOf = (things: Things, resource: string): Thing[] => Object.values(things).filter((thing) => thing.resource === resource);

export const planOf = (wanted: readonly Thing[], own: readonly Thing[], goal: Goal): PlanChange[] => {
  if (!goal.present) return own.toReversed().map((thing) => leaving(thing, goal.deleteData));
  const there = new Map(own.map((thing) => [thing.part, thing]));
  const parts = new Set(wanted.map(({ part }) => part));
  return [
    ...wanted.map((thing) => changeOf(thing, there.get(thing.part))),
    ...own.filter(({ part }) => !parts.has(part)).map((thing) => leaving(thing, false)),
  ];
};

const leaving = ({ part, data }: Thing, deleteData: boolean): PlanChange =>
  data && !deleteData ? { part, action: 'keep', reason: 'it holds data', fields: [] } : { part, action: 'delete', fields: [] };

const compared = ['size', 'colour', 'data', 'secret', 'file', 'state'] as const;

const changeOf = (wanted: Thing, found: Thing | undefined): PlanChange => {
  const { part } = wanted;
  if (found === undefined) return { part, action: 'create', fields: [] };
  const fields = compared
    .filter((name) => !isDeepStrictEqual(wanted[name], found[name]))
    .map((path) => ({ path, before: shown(path, found), after: shown(path, wanted) }));
  if (fields.length === 0) return { part, action: 'none', fields };
  const anew = fields.some(({ path }) => path === 'colour');
  return anew ? { part, action: 'replace', reason: 'a thing cannot change its colour', fields } : { part, action: 'update', fields };
};

const shown = (name: (typeof compared)[number], thing: Thing): unknown =>
  name === 'secret' && thing.secret !== undefined ? '***' : (thing[name] ?? null);
