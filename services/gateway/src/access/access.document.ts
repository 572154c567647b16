import { type RouteRule, routeRules, type ZoneSource } from './route-rules.js';

const intro = `# Access

Who may do what is said in one table, \`services/gateway/src/access/route-rules.ts\`, and decided in one place before anything else is done for a
request. The table below is made from it; a route that does not stand there keeps the gateway from starting. Why it is so: [ADR 19](adr/0019-foreign-is-not-there.md).

## Roles

| role | may |
| --- | --- |
| \`viewer\` | look: zones, agents, tasks with their steps, parameters and output, schedules, webhooks, events |
| \`operator\` | run work as well, and what belongs to that: tasks, schedules, webhooks, drains, labels, hand-overs, limits of concurrency |
| \`admin\` | change the zone as well: its settings, its secrets, who joins and who leaves; let people in, with at most the rights that they have themselves |

A role is given as a *grant*: in some zones, or in all zones that there are and will be. Somebody may have several; in each zone the highest counts. Only
who has the role in all zones may do what belongs to no zone: make and delete zones, manage users, subscribe to the events of all zones, close
incidents of the whole fleet. So an admin of one zone runs that zone, and cannot take it away or reach another one.

- Who has no role in a zone is not told that it, or anything in it, is there: the answer is 404, the same as for what does not exist, whatever the route.
- Who has a lower role there gets 403. So does, for what belongs to no zone, everybody without the role in all zones.
- Lists show what is in zones where the caller has the role, and never more. Incidents and webhooks of the whole fleet are shown to those who may see all
  zones; that there is an incident, the events of each zone tell, with the number of all agents that it concerns.
- \`GET /events\` and followed logs end as soon as the rights of who follows change. The \`id\` of an event, and what a \`gap\` tells, are places in the
  events of all zones: they tell how much happens elsewhere, and nothing about what.
- A task may name an agent, credentials and so on of its own zone only; what is elsewhere is told as unknown.

Viewers see what tasks are made of. Secrets belong into [credentials](secrets.md), which nobody can read, not into parameters, environment or URLs.

## API tokens

A way in for programs: \`POST /tokens\` with a name, a role, zones (\`null\` is all) and an end.

- A token never gives more than its owner has at the moment: with the owner's rights those of the token shrink, with the owner it ends.
- Nobody can make one with more than they hold; the answer names every excess. It ends after 90 days unless said otherwise, within a year at most; one that
  never ends can only be made by an admin of all zones. A user can have 200.
- It begins with \`klevr_t_\`, so that scanners for leaked secrets find it, is shown once, and only its SHA-256 is stored. It has 256 random bits.
- \`DELETE /tokens/{id}\` revokes it: at once at the replica that is asked, at the others as soon as they hear of it, within five seconds where they do not.
- \`lastUsedAt\` is true to the minute. A token that has ended is listed for 30 days more.
- A token may not do what makes another way in, or takes one away (*no* in the last column): or a stolen one would outlive its end.

## Routes

Below \`/api/v1\`. *in* says where the role is needed.

| route | role | in | by API tokens |
| --- | --- | --- | --- |
`;

const outro = `
Besides there are, for everybody: \`/api/v1/openapi.json\`, \`/docs\`, \`/install.sh\`, \`/downloads/…\`, \`/healthz\`, \`/readyz\`, \`/metrics\`.
`;

/** docs/access.md. */
export function accessDocument(): string {
  const rows = Object.entries(routeRules).map(([route, rule]) => {
    const tokens = rule.kind === 'anyone' ? '-' : rule.byPerson === true ? 'no' : 'yes';
    return `| \`${route.replaceAll(/:(\w+)/g, '{$1}')}\` | ${roleOf(rule)} | ${placeOf(rule)} | ${tokens} |`;
  });
  return `${intro}${rows.join('\n')}\n${outro}`;
}

const roleOf = (rule: RouteRule): string => {
  if (rule.kind === 'anyone') return 'none: needs no session';
  return rule.kind === 'self' ? 'any: about the caller, or the same for all' : rule.role;
};

function placeOf(rule: RouteRule): string {
  switch (rule.kind) {
    case 'anyone':
    case 'self':
      return '-';
    case 'fleet':
      return 'all zones';
    case 'somewhere':
      return 'any zone';
    case 'listed':
      return 'the zones that are listed';
    case 'zone': {
      const also = rule.also === undefined ? '' : `, and ${nameOf(rule.also)}`;
      const otherwise = rule.optional === true ? '; all zones, where it names none' : '';
      return rule.everywhere === true ? 'all zones; 404 where the caller has no role' : `${nameOf(rule.source)}${also}${otherwise}`;
    }
  }
}

function nameOf(source: ZoneSource): string {
  if (source.in === 'thing') return `the zone of the ${source.thing}`;
  return source.in === 'each' ? `each \`${source.list}[].${source.name}\`` : `\`${source.name}\` of the ${source.in}`;
}
