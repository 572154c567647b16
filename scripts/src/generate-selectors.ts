import { capabilityPrefix, selectorNames } from '@klevr/contracts/selector-names';

const syntax = [
  ['`role=web`, `role==web`', 'the value is this one'],
  ['`role!=web`', 'it is another, or there is none'],
  ['`role in (web,db)`', 'it is one of these'],
  ['`role notin (web,db)`', 'it is none of these, or there is none'],
  ['`role`', 'there is one'],
  ['`!role`', 'there is none'],
  ['`cpus>4`, `cpus<4`', 'it is an integer above, below this one'],
];

/** docs/selectors.md: what a selector may name, from the one table in the contracts. */
export function render(): string {
  return [
    '# Selectors',
    '',
    'The targets `any` and `all` of a task, and `GET /agents?label=`, take a selector: requirements joined by commas, all of which must hold.',
    'The empty one means every agent of the zone. The syntax is that of Kubernetes label selectors:',
    '',
    '| requirement | holds where |',
    '| --- | --- |',
    ...syntax.map(([requirement, meaning]) => `| ${requirement} | ${meaning} |`),
    '',
    'For example `role=web,memory-gib>7,!capability.docker,environment in (prod,test)`.',
    '',
    "A requirement names a label of the agent or, where it has no label of that name, one of these facts of its host and its zone. What an agent's",
    'host does not tell is not there.',
    '',
    '| name | value |',
    '| --- | --- |',
    ...Object.entries(selectorNames).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
    `| \`${capabilityPrefix}<tool>\` | version of the tool, such as \`${capabilityPrefix}docker\`; there while the tool is |`,
    '',
    'A value has at most 63 letters, digits, `-`, `_` and `.`, as a label has. In the value of a fact each run of other characters is one hyphen, so',
    '`20.10.24+dfsg1` is named `20.10.24-dfsg1` and the address `fe80::1` is named `fe80-1`.',
    '',
    'A drained agent is never chosen by `any`. `all` means it too: its run waits until it is undrained.',
    '',
  ].join('\n');
}
