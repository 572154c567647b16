import { createHash } from 'node:crypto';
import type { Plan, PlanChange } from '@klevr/contracts/resource';

/** What a driver would do, for people and for comparing. Pure. */
const marks = { create: '+', update: '~', replace: '±', delete: '-', keep: '=', none: ' ' } as const;
/** Above that a message would not pass; the digest is of the whole all the same. */
const mostBytes = 400 * 1024;

export const isWork = ({ action }: PlanChange): boolean => action !== 'none' && action !== 'keep';

export const planOf = (changes: readonly PlanChange[]): Plan => {
  const summary = { create: 0, update: 0, replace: 0, delete: 0, keep: 0, none: 0 };
  for (const { action } of changes) summary[action] += 1;
  const digest = createHash('sha256')
    .update(
      JSON.stringify(
        changes
          .filter(isWork)
          .map(({ part, action, fields }) => [part, action, fields.map(({ path, before, after }) => [path, before, after])]),
      ),
    )
    .digest('hex');
  const whole = { summary, changes: [...changes], text: textOf(changes, summary), digest };
  if (Buffer.byteLength(JSON.stringify(whole)) <= mostBytes) return whole;
  const bare = changes.map((change) => ({ ...change, fields: [] }));
  return { ...whole, changes: bare, text: cut(textOf(bare, summary)) };
};

const textOf = (changes: readonly PlanChange[], summary: Plan['summary']): string => {
  const lines = changes.filter(({ action }) => action !== 'none').flatMap(linesOf);
  const counts = (Object.keys(marks) as (keyof typeof marks)[]).flatMap((action) =>
    summary[action] > 0 ? [`${action} ${summary[action]}`] : [],
  );
  return lines.length === 0 ? 'Nothing to do.' : `${lines.join('\n')}\n\n${counts.join(', ')}`;
};

const linesOf = ({ part, action, reason, fields }: PlanChange): string[] => [
  `${marks[action]} ${action} ${part}${reason === undefined ? '' : ` (${reason})`}`,
  ...fields.map(({ path, before, after }) => `    ${path}: ${shown(before)} → ${shown(after)}`),
];

const shown = (value: unknown): string => (value === undefined ? 'none' : cut(JSON.stringify(value), 200));
const cut = (text: string, most = mostBytes / 4): string => (text.length > most ? `${text.slice(0, most)}…` : text);
