import type { AuditKeys, SignedPlace, SignedType } from '../audit-keys.js';
import { SignedPlace as SignedPlaceSchema } from '../audit-keys.js';
import type { ChainFault } from './chain-check.js';

/** The first of them that is not what it says. */
export function badSignature(keys: AuditKeys | undefined, type: SignedType, places: readonly SignedPlace[]): ChainFault | undefined {
  for (const place of places) {
    const name = type === 'klevr-audit-head' ? 'head' : 'anchor';
    const why = keys === undefined ? 'there are no keys to check it with' : keys.faultOf(type, place);
    if (why !== undefined) return { seq: place.seq, message: `the ${name} that says to be of ${place.at} cannot be believed: ${why}` };
  }
  return undefined;
}

/** Of a file: one head as `GET /audit/head` answers it, or one a line. */
export function headsIn(text: string): SignedPlace[] {
  const whole = parsed(text);
  if (whole !== undefined) return [SignedPlaceSchema.parse(whole)];
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => SignedPlaceSchema.parse(JSON.parse(line)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
