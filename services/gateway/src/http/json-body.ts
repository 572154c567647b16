import { isUtf8 } from 'node:buffer';
import { AppError } from '@klevr/contracts/errors';

/**
 * Parses the JSON body of a request.
 *
 * Promises: a body that would cost far more to parse and to walk through than its bytes suggest is refused after one quick look: nested deeper than
 * 64 levels, or with more than 100,000 lists and objects. So code that handles a body may use the call stack.
 * Does not promise: anything about the fields; that is for the schemas.
 */
export const maxDepth = 64;
const MAX_CONTAINERS = 100_000;

/** Answers undefined for an empty body, so that calls without fields need none. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new AppError('BAD_REQUEST', 'The body is not valid UTF-8');
  const excess = excessOf(bytes);
  if (excess !== undefined) throw new AppError('BAD_REQUEST', excess);
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `The body is not valid JSON: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
}

const quote = 0x22;
const backslash = 0x5c;
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

function excessOf(bytes: Buffer): string | undefined {
  let depth = 0;
  let containers = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (inText) {
      if (byte === backslash) at++;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (opening.has(byte)) {
      if (++depth > maxDepth) return `The body is nested deeper than ${maxDepth} levels`;
      if (++containers > MAX_CONTAINERS) return `The body has more than ${MAX_CONTAINERS} lists and objects`;
    } else if (closing.has(byte)) depth--;
  }
  return undefined;
}
