import type { Fault } from '@klevr/contracts/errors';

/**
 * Finds what cannot be stored, logged, copied or serialized again without surprise, whatever the fields mean: the character U+0000, halves of
 * surrogate pairs, and names that reach an object's prototype. Lists a hundred faults at most. The value's nesting must be bounded.
 */
const MAX_FAULTS = 100;

const reservedNames = new Set(['__proto__', 'prototype', 'constructor']);
const halfPair = /\p{Surrogate}/u;

export function unsafeParts(value: unknown, prefix: readonly string[] = []): Fault[] {
  const faults: Fault[] = [];
  visit(value, [...prefix], faults);
  return faults;
}

function visit(value: unknown, path: (string | number)[], faults: Fault[]): void {
  if (faults.length >= MAX_FAULTS) return;
  if (typeof value === 'string') note(path, textFault(value), faults);
  else if (Array.isArray(value)) for (let at = 0; at < value.length; at++) visitInside(at, value[at], path, faults);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inside] of Object.entries(value)) visitField(name, inside, path, faults);
}

function visitField(name: string, inside: unknown, path: (string | number)[], faults: Fault[]): void {
  const fault = textFault(name);
  if (fault !== undefined) note(path, `has a field whose name ${fault}`, faults);
  else if (reservedNames.has(name)) note([...path, name], 'is a reserved name', faults);
  else visitInside(name, inside, path, faults);
}

function visitInside(name: string | number, inside: unknown, path: (string | number)[], faults: Fault[]): void {
  path.push(name);
  visit(inside, path, faults);
  path.pop();
}

function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain the character U+0000';
  return halfPair.test(text) ? 'must not contain half of a surrogate pair' : undefined;
}

function note(path: readonly (string | number)[], message: string | undefined, faults: Fault[]): void {
  if (message === undefined || faults.length >= MAX_FAULTS) return;
  faults.push({ path: path.map((part) => String(part).slice(0, 100)).join('.'), message });
}
