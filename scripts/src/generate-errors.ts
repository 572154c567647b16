import { errorCodes } from '@klevr/contracts/errors';

/** docs/errors.md: every code that the system answers with, from the one table in the contracts. */
export function render(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, retryable, title }]) => `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${title} |`,
  );
  return [
    '# Error codes',
    '',
    'Answers with a fault are `application/problem+json`; `code` is one of these. *Retry* says whether the same call may succeed later, unchanged.',
    '',
    '| code | HTTP status | retry | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
