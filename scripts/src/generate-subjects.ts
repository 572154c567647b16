import { streams } from '@klevr/contracts/streams';
import { inboxes, primaryKeySubject, subjects, type SubjectPattern } from '@klevr/contracts/subjects';

const table = (patterns: SubjectPattern[]): string[] => [
  '| subject | kind | from → to |',
  '| --- | --- | --- |',
  ...patterns.map(({ pattern, kind, flow }) => `| \`${pattern}\` | ${kind} | ${flow} |`),
  '',
];

/** docs/subjects.md: every NATS subject, inbox and stream, from the contracts. */
export function render(): string {
  return [
    '# NATS subjects',
    '',
    'A name in braces stands for one token. Each pattern is built and parsed by one function in `libs/contracts`.',
    '',
    ...table(Object.values(subjects)),
    '## Where answers go',
    '',
    ...table(Object.values(inboxes)),
    '## JetStream',
    '',
    ...table([primaryKeySubject]),
    '| stream | subjects | kept for | at most |',
    '| --- | --- | --- | --- |',
    ...Object.values(streams).map(
      ({ name, subjects: captured, maxAgeSeconds, maxBytes }) =>
        `| \`${name}\` | ${captured.map((subject) => `\`${subject}\``).join(', ')} | ${maxAgeSeconds / 3600} h | ${maxBytes / 1024 ** 2} MiB |`,
    ),
    '',
  ].join('\n');
}
