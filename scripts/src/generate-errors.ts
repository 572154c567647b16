import { errorCodes, type ErrorCode } from '@klevr/contracts/errors';
import { errorAdvice } from './error-advice.js';

const codes = Object.entries(errorCodes) as [ErrorCode, (typeof errorCodes)[ErrorCode]][];

/** docs/errors.md: every code that the system answers with, from the one table in the contracts. */
export function render(): string {
  const rows = codes.map(([code, { status, retryable, title }]) => {
    const [when, then] = errorAdvice[code];
    return `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${title} | ${when} | ${then} |`;
  });
  return [
    '# Error codes',
    '',
    'Answers with a fault are `application/problem+json`; `code` is one of these. *Retry* says whether the same call may succeed later, unchanged; then the',
    'answer has `Retry-After`. Codes with status 500 other than `INTERNAL` are what agents answer to commands: they are in the logs, never in an answer of the API.',
    '',
    '| code | HTTP status | retry | meaning | when | what to do |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
