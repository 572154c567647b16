import { hash } from 'node:crypto';
import { canonicalText } from '../http/canonical-digest.js';
import { masked, type MaskOptions } from './masked.js';

/** What is told of a change; what is absent is not known, or is not told twice. */
export interface Change {
  readonly before?: unknown;
  readonly after?: unknown;
  /** What the request asked for, where its answer does not tell. */
  readonly asked?: unknown;
}

export const MAX_CHANGE_BYTES = 16_384;
/** In a change that is too long, texts beyond this go first. */
const MAX_TEXT_BYTES = 1_024;

/**
 * A change as canonical JSON, secrets masked. Kept whole up to 16 KiB; beyond it each long text, and if that does not do each of its parts, is
 * replaced by `{"$cut":{"bytes":…,"sha256":…}}` of what stood there (masked). Null for a change that tells nothing.
 */
export function changeText(change: Change, options: MaskOptions = {}): string | null {
  const parts = Object.entries(change).filter(([, value]) => value !== undefined);
  if (parts.length === 0) return null;
  const clean = masked(Object.fromEntries(parts), options) as Record<string, unknown>;
  const whole = canonicalText(clean);
  if (fits(whole)) return whole;
  const shortened = canonicalText(withoutLongTexts(clean));
  if (fits(shortened)) return shortened;
  return canonicalText(Object.fromEntries(Object.entries(clean).map(([name, value]) => [name, cut(canonicalText(value))])));
}

const fits = (text: string): boolean => Buffer.byteLength(text) <= MAX_CHANGE_BYTES;

const cut = (text: string): unknown => ({ $cut: { bytes: Buffer.byteLength(text), sha256: hash('sha256', text) } });

function withoutLongTexts(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.byteLength(value) > MAX_TEXT_BYTES ? cut(value) : value;
  if (Array.isArray(value)) return value.map(withoutLongTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutLongTexts(field)]));
}

/** Of two states of a thing, what differs: fields of objects one by one, lists as a whole. */
export function difference(before: unknown, after: unknown): { before: unknown; after: unknown } {
  if (!isObject(before) || !isObject(after)) return { before, after };
  const left = {};
  const right = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [one, other] = [before[name], after[name]];
    if (canonicalText(one) === canonicalText(other)) continue;
    const differing = difference(one, other);
    if (one !== undefined) define(left, name, differing.before);
    if (other !== undefined) define(right, name, differing.after);
  }
  return { before: left, after: right };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any name: an assignment to `__proto__` would do something else. */
const define = (object: object, name: string, value: unknown): void =>
  void Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
