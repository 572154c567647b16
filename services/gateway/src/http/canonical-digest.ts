import { createHash } from 'node:crypto';
import { AppError } from '@klevr/contracts/errors';

const MAX_DEPTH = 100;

/** SHA-256 of a JSON value, the same for every order of its fields. Throws BAD_REQUEST for nesting beyond any request that is accepted. */
export const canonicalDigest = (value: unknown): string => createHash('sha256').update(canonicalText(value, 0)).digest('hex');

function canonicalText(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new AppError('BAD_REQUEST', 'The request is nested too deep');
  if (Array.isArray(value)) return `[${value.map((item) => canonicalText(item, depth + 1)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalText(field, depth + 1)}`).join(',')}}`;
}
