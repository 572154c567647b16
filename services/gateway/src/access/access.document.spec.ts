import { describe, expect, it } from '@jest/globals';
import { accessDocument } from './access.document.js';
import { routeRules } from './route-rules.js';

describe('the document about access', () => {
  const rows = accessDocument()
    .split('\n')
    .filter((line) => /^\| `[A-Z]+ \//.test(line));

  it('has a row for every route', () => {
    expect(rows).toHaveLength(Object.keys(routeRules).length);
  });

  it.each([
    ['POST /sessions', 'none: needs no session', '-', '-'],
    ['POST /tokens', 'any: about the caller, or the same for all', '-', 'no'],
    ['POST /zones', 'admin', 'all zones', 'yes'],
    ['DELETE /zones/{zone}', 'admin', 'all zones; 404 where the caller has no role', 'yes'],
    ['GET /tasks', 'viewer', 'the zones that are listed', 'yes'],
    ['POST /tasks/bulk', 'operator', 'each `tasks[].zone`', 'yes'],
    ['PATCH /schedules/{id}', 'operator', 'the zone of the schedule, and `task.zone` of the body', 'yes'],
    ['POST /webhooks', 'operator', '`zone` of the body; all zones, where it names none', 'yes'],
  ])('says who may %s', (route, role, place, tokens) => {
    expect(rows).toContain(`| \`${route}\` | ${role} | ${place} | ${tokens} |`);
  });
});
