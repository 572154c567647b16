import { createHash } from 'node:crypto';
import type { CheckedHealth, ObservedPart, PlanChange } from '@klevr/contracts/resource';
import type { HealthState } from './resource-row.js';

const worstFirst: readonly HealthState[] = ['unhealthy', 'unknown', 'starting', 'healthy'];

/** That of all checks together: the worst one; `none` without any. */
export const healthOf = (checks: readonly CheckedHealth[]): HealthState =>
  worstFirst.find((state) => checks.some((check) => check.state === state)) ?? 'none';

/** What of a comparison is drift: that which an apply would change. */
export const driftOf = (changes: readonly PlanChange[]): PlanChange[] =>
  changes.filter(({ action }) => action !== 'none' && action !== 'keep');

/** The same drift has the same digest, in whatever order it was seen. */
export const digestOf = (drift: readonly PlanChange[]): string => {
  const lines = drift.map(({ part, action, fields }) => JSON.stringify([part, action, fields])).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
};

const largestListBytes = 200 * 1024;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

const within = <T>(items: readonly T[]): T[] => {
  const taken: T[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += bytesOf(item);
    if (bytes > largestListBytes) break;
    taken.push(item);
  }
  return taken;
};

/** What is kept of what was seen, so that a resource fits one answer: details go first, then parts. */
export const keptParts = (parts: readonly ObservedPart[]): ObservedPart[] =>
  bytesOf(parts) <= largestListBytes ? [...parts] : within(parts.map((part) => ({ ...part, details: {} })));
export const keptChanges = (changes: readonly PlanChange[]): PlanChange[] =>
  bytesOf(changes) <= largestListBytes ? [...changes] : within(changes.map((change) => ({ ...change, fields: [] })));

export interface SplitOutputs {
  readonly shown: Record<string, unknown>;
  /** Null where there is none. */
  readonly secret: Record<string, unknown> | null;
}

const largestOutputsBytes = 128 * 1024;

/** Sensitive ones stand as `***` in what is shown. Outputs beyond what can be kept are named and nothing else. */
export const splitOutputs = (outputs: Readonly<Record<string, unknown>>, sensitive: readonly string[]): SplitOutputs => {
  const hidden = Object.entries(outputs).filter(([name]) => sensitive.includes(name));
  const fit = bytesOf(outputs) <= largestOutputsBytes;
  const shown = Object.entries(outputs).map(([name, value]) => [name, sensitive.includes(name) ? '***' : fit ? value : null]);
  return {
    shown: Object.fromEntries(shown) as Record<string, unknown>,
    secret: hidden.length === 0 || !fit ? null : (Object.fromEntries(hidden) as Record<string, unknown>),
  };
};
