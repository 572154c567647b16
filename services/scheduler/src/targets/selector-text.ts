import type { Selectable } from './selectable.js';
import { valuesOf, type Requirement } from './selector.js';

/** A requirement as people write it; reading it gives the same requirement. */
export const written = (requirement: Requirement): string => {
  const { key } = requirement;
  switch (requirement.operator) {
    case 'exists':
      return key;
    case 'absent':
      return `!${key}`;
    case 'in':
      return requirement.values.length === 1 ? `${key}=${requirement.values[0] ?? ''}` : `${key} in (${requirement.values.join(',')})`;
    case 'notIn':
      return requirement.values.length === 1 ? `${key}!=${requirement.values[0] ?? ''}` : `${key} notin (${requirement.values.join(',')})`;
    case 'above':
      return `${key}>${requirement.bound}`;
    case 'below':
      return `${key}<${requirement.bound}`;
  }
};

const longest = 500;

/** Which parts of a selector an agent does not meet, and what it has instead. */
export const whyNot = (failing: readonly Requirement[], values: Selectable): string => {
  const parts = failing.map((requirement) => {
    const found = valuesOf(values, requirement.key);
    const has = found.length === 0 ? `: it has no ${requirement.key}` : ` ${requirement.key}=${found.join('|')}`;
    return `${written(requirement)} does not match${has}`;
  });
  const text = parts.join('; ');
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
};
