import type { Fault } from '@klevr/contracts/errors';

/**
 * Finds what cannot be stored, logged, copied or serialized again without surprise, whatever the fields mean: the character U+0000, halves of
 * surrogate pairs, names that reach an object's prototype, and nesting without bounds.
 *
 * Promises: needs no more stack for a value nested a million times deep; lists a hundred faults at most.
 */
export const maxDepth = 64;
const MAX_FAULTS = 100;

const reservedNames = new Set(['__proto__', 'prototype', 'constructor']);
const halfPair = /\p{Surrogate}/u;

interface Part {
  readonly value: unknown;
  readonly name: string;
  readonly parent: Part | undefined;
  readonly depth: number;
}

export function unsafeParts(value: unknown, prefix: readonly string[] = []): Fault[] {
  const faults: Fault[] = [];
  const fault = (part: Part, message: string): void => void faults.push({ path: [...prefix, ...namesOf(part)].join('.'), message });
  const open: Part[] = [{ value, name: '', parent: undefined, depth: 0 }];
  for (let part = open.pop(); part && faults.length < MAX_FAULTS; part = open.pop()) {
    if (typeof part.value === 'string') {
      const message = textFault(part.value);
      if (message !== undefined) fault(part, message);
    } else if (part.depth >= maxDepth) {
      fault(part, `is nested deeper than ${maxDepth} levels`);
    } else {
      for (const inside of partsOf(part)) {
        const unnameable = textFault(inside.name);
        if (unnameable !== undefined) fault(part, `has a field whose name ${unnameable}`);
        else if (reservedNames.has(inside.name)) fault(inside, 'is a reserved name');
        else if (typeof inside.value === 'string' || (typeof inside.value === 'object' && inside.value !== null)) open.push(inside);
      }
    }
  }
  return faults;
}

const partsOf = (part: Part): Part[] =>
  typeof part.value === 'object' && part.value !== null
    ? Object.entries(part.value).map(([name, value]) => ({ value: value as unknown, name, parent: part, depth: part.depth + 1 }))
    : [];

function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain the character U+0000';
  return halfPair.test(text) ? 'must not contain half of a surrogate pair' : undefined;
}

function namesOf(part: Part): string[] {
  const names: string[] = [];
  for (let at: Part | undefined = part; at?.parent; at = at.parent) names.unshift(at.name.slice(0, 100));
  return names;
}
