import { createHash } from 'node:crypto';

/** SHA-256 of a JSON value, the same for every order of its fields. The value's nesting must be bounded. */
export const canonicalDigest = (value: unknown): string => createHash('sha256').update(canonicalText(value)).digest('hex');

/** JSON with the fields of every object in the order of their names (RFC 8785 for what JSON.parse gives). */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = value as Record<string, unknown>;
  let text = '';
  for (const name of Object.keys(fields).sort()) {
    const field = fields[name];
    if (field !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalText(field)}`;
  }
  return `{${text}}`;
}
