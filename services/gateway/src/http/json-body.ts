import { isUtf8 } from 'node:buffer';
import { AppError } from '@klevr/contracts/errors';

/** Parses the JSON body of a request. Answers undefined for an empty one, so that calls without fields need none. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new AppError('BAD_REQUEST', 'The body is not valid UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new AppError('BAD_REQUEST', `The body is not valid JSON: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
}
