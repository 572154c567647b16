import type { RouteRule, ZoneSource } from './access/route-rules.js';

/** Who may call an operation, in words and for machines, from the one table of rules. */
export interface AccessOfOperation {
  readonly sentence: string;
  readonly extension: object;
}

const where = (source: ZoneSource): string => {
  if (source.in === 'each') return `the zone of each of the \`${source.list}\``;
  if (source.in === 'thing') return `the zone of the ${source.thing}`;
  return `the zone that the ${source.in} names (\`${source.name}\`)`;
};

export function accessOf(rule: RouteRule | undefined): AccessOfOperation {
  if (rule === undefined) return { sentence: 'Nobody may call it.', extension: { kind: 'nobody' } };
  const access = ofKind(rule);
  if (rule.kind === 'anyone' || rule.byPerson !== true) return access;
  return {
    sentence: `${access.sentence} An API token may not: it needs a session.`,
    extension: { ...access.extension, byPerson: true },
  };
}

function ofKind(rule: RouteRule): AccessOfOperation {
  switch (rule.kind) {
    case 'anyone':
      return { sentence: '**Needs no session.**', extension: { kind: 'anyone' } };
    case 'self':
      return { sentence: '**For everybody who is signed in.**', extension: { kind: 'self' } };
    case 'fleet':
      return { sentence: `**Needs the role \`${rule.role}\` in all zones.**`, extension: { kind: 'fleet', role: rule.role } };
    case 'somewhere':
      return { sentence: `**Needs the role \`${rule.role}\`** in any zone.`, extension: { kind: 'somewhere', role: rule.role } };
    case 'listed':
      return {
        sentence: `**Needs the role \`${rule.role}\`**; what is of zones where the caller does not have it is left out.`,
        extension: { kind: 'listed', role: rule.role },
      };
    default: {
      const optional = rule.optional === true ? '; in all zones where it names none' : '';
      const also = rule.also === undefined ? '' : ` and in ${where(rule.also)}`;
      const place = rule.everywhere === true ? 'all zones' : `${where(rule.source)}${also}${optional}`;
      return {
        sentence: `**Needs the role \`${rule.role}\`** in ${place}.`,
        extension: {
          ...{ kind: 'zone', role: rule.role, zone: rule.source },
          ...(rule.also === undefined ? {} : { also: rule.also }),
          ...(rule.everywhere === undefined ? {} : { everywhere: true }),
        },
      };
    }
  }
}
