import type { Fault } from '@klevr/contracts/errors';
import type { z } from 'zod';

/**
 * Turns what zod found into the faults of a problem answer: one a field, each with the path of that field, unknown fields one by one.
 * Bounded in number and length, since both are up to the sender.
 */
const MAX_FAULTS = 200;
const MAX_NAME_LENGTH = 100;

type Issue = z.core.$ZodIssue;

export function inputFaults(issues: readonly Issue[], prefix: readonly PropertyKey[] = []): Fault[] {
  const faults: Fault[] = [];
  for (const issue of issues) {
    if (faults.length >= MAX_FAULTS) break;
    faults.push(...faultsOf(issue, prefix));
  }
  return faults.slice(0, MAX_FAULTS);
}

function faultsOf(issue: Issue, prefix: readonly PropertyKey[]): Fault[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, MAX_FAULTS).map((key) => ({ path: textOf([...path, key]), message: 'is not a known field' }));
  if (issue.code === 'invalid_key') return issue.issues.map((inner) => ({ path: textOf(path), message: `the name ${inner.message}` }));
  const own = { path: textOf(path), message: issue.message };
  if (issue.code !== 'invalid_union') return [own];
  const nearest = nearestBranch(issue.errors);
  return nearest === undefined ? [own] : [own, ...inputFaults(nearest, path)];
}

/** The one variant of a union that the input comes closest to, if there is just one: its faults are what the sender has to mend. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const ranked = branches
    .map((issues) => ({ issues, weight: issues.reduce((sum, issue) => sum + weightOf(issue), 0) }))
    .sort((a, b) => a.weight - b.weight);
  const [first, second] = ranked;
  if (!first || first.issues.some((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys')) return undefined;
  return second?.weight === first.weight ? undefined : first.issues;
}

const weightOf = (issue: Issue): number => (issue.code === 'unrecognized_keys' ? issue.keys.length : 1);

const textOf = (path: readonly PropertyKey[]): string => path.map((part) => String(part).slice(0, MAX_NAME_LENGTH)).join('.');
