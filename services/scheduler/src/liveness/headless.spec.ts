import { describe, expect, it } from '@jest/globals';
import { headlessReason, type Pool } from './headless.js';

const cases: [string, Pool, string, string][] = [
  ['nobody has joined', { counts: {}, mayLead: 0 }, 'noAgents', 'no agent has joined'],
  ['nobody is online', { counts: { suspect: 1, left: 2, pending: 1 }, mayLead: 0 }, 'nobodyOnline', '4 agents, and none is online'],
  [
    'all are labelled',
    { counts: { online: 2, lost: 1 }, mayLead: 0 },
    'nobodyMayLead',
    '2 agents online, and none may lead: 2 labelled primary=never',
  ],
  ['the only one is drained', { counts: { drained: 1 }, mayLead: 0 }, 'nobodyMayLead', '1 agent online, and none may lead: 1 drained'],
  [
    'some are labelled, some drained',
    { counts: { online: 1, drained: 2 }, mayLead: 0 },
    'nobodyMayLead',
    '1 labelled primary=never, 2 drained',
  ],
  ['somebody may lead', { counts: { online: 2, drained: 1 }, mayLead: 1 }, 'electing', 'being settled'],
];

describe('why a zone has no primary', () => {
  it.each(cases)('is told where %s', (_name, pool, reason, detail) => {
    expect(headlessReason(pool)).toEqual({ reason, detail: expect.stringContaining(detail) });
  });
});
