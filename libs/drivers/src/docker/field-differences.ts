import { isDeepStrictEqual } from 'node:util';
import type { PlanChange } from '@klevr/contracts/resource';

/** What differs between two views of a part, field by field. Marks of secrets are compared, and shown as `***`. */
export type Field = PlanChange['fields'][number];

const secretKey = '***';
/** Stands for a secret in a view. */
export const secretMark = (fingerprint: string): object => ({ [secretKey]: fingerprint });

export const differences = (before: unknown, after: unknown, path = ''): Field[] => {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isPlain(before) || !isPlain(after)) return [{ path, before: shown(before), after: shown(after) }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .flatMap((key) => differences(before[key], after[key], path === '' ? key : `${path}.${key}`));
};

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(secretKey in value);

const shown = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (secretKey in value) return secretKey;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner)]));
};
