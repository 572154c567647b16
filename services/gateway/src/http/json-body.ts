import { isUtf8 } from 'node:buffer';
import { AppError, type Fault } from '@klevr/contracts/errors';

/**
 * Parses the JSON body of a request.
 *
 * Promises: what comes out can be stored, logged, copied and serialized again without surprise: valid UTF-8, no character U+0000, no half of a
 * surrogate pair, no name that reaches an object's prototype, nesting bounded. All such faults are listed at once, up to a limit.
 * Does not promise: anything about the fields themselves; that is for the schemas.
 */
const MAX_DEPTH = 64;
const MAX_FAULTS = 100;

const reservedNames = new Set(['__proto__', 'prototype', 'constructor']);
const halfPair = /\p{Surrogate}/u;

/** Answers undefined for an empty body, so that calls without fields need none. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new AppError('BAD_REQUEST', 'The body is not valid UTF-8');
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `The body is not valid JSON: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
  const faults = unsafeParts(body);
  if (faults.length > 0) throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: faults });
  return body;
}

interface Part {
  readonly value: unknown;
  readonly name: string;
  readonly parent: Part | undefined;
  readonly depth: number;
}

/** Walks with a stack of its own: a body nested a million times deep must not exhaust the call stack. */
export function unsafeParts(body: unknown): Fault[] {
  const faults: Fault[] = [];
  const open: Part[] = [{ value: body, name: '', parent: undefined, depth: 0 }];
  for (let part = open.pop(); part && faults.length < MAX_FAULTS; part = open.pop()) {
    const { value, depth } = part;
    if (typeof value === 'string') {
      const message = textFault(value);
      if (message !== undefined) faults.push({ path: pathOf(part), message });
    } else if (typeof value === 'object' && value !== null) {
      if (depth >= MAX_DEPTH) {
        faults.push({ path: pathOf(part), message: `is nested deeper than ${MAX_DEPTH} levels` });
        continue;
      }
      const isArray = Array.isArray(value);
      for (const [name, child] of Object.entries(value)) {
        const message = isArray ? undefined : nameFault(name);
        if (message !== undefined) faults.push({ path: pathOf(part), message });
        else if (typeof child === 'string' || (typeof child === 'object' && child !== null))
          open.push({ value: child, name, parent: part, depth: depth + 1 });
      }
    }
  }
  return faults;
}

function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain the character U+0000';
  return halfPair.test(text) ? 'must not contain half of a surrogate pair' : undefined;
}

function nameFault(name: string): string | undefined {
  if (reservedNames.has(name)) return `must not have a field named ${name}`;
  const fault = textFault(name);
  return fault === undefined ? undefined : `has a field whose name ${fault}`;
}

function pathOf(part: Part): string {
  const names: string[] = [];
  for (let at: Part | undefined = part; at?.parent; at = at.parent) names.unshift(at.name.slice(0, 100));
  return names.join('.');
}
