import { describe, expect, it } from '@jest/globals';
import { auditOutcome } from './advisories.js';
import { SupplyChainPolicy } from './policy.js';

const id = 'GHSA-2222-3333-4444';
const reportOf = (severity: string): string =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      x: { name: 'x', via: [{ source: 1, name: 'x', title: 'reads too much', url: `https://github.com/advisories/${id}`, severity }] },
      y: { name: 'y', via: ['x'] },
    },
  });
const nothing = JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} });
const allowed = [{ id, package: 'x', reason: 'that function is not called here', expires: '2026-11-23' }];
const found = (severity: string): string => `${severity}: x: reads too much (https://github.com/advisories/${id})`;

describe('advisories', () => {
  it.each(['high', 'critical'])('makes a %s one a fault, once', (severity) => {
    expect(auditOutcome(reportOf(severity), [], '2026-11-23')).toEqual({ faults: [found(severity)], notChecked: undefined });
  });

  it.each(['low', 'moderate', 'info'])('lets a %s one stand', (severity) => {
    expect(auditOutcome(reportOf(severity), [], '2026-11-23')).toEqual({ faults: [], notChecked: undefined });
  });

  it('obeys an exception up to its day, and makes both a fault from the next on', () => {
    expect(auditOutcome(reportOf('high'), allowed, '2026-11-23').faults).toEqual([]);
    expect(auditOutcome(reportOf('high'), allowed, '2026-11-24').faults).toEqual([
      found('high'),
      `the exception for ${id} expired on 2026-11-23`,
    ]);
  });

  it('obeys no exception for another package, and names one that is not needed', () => {
    const other = [{ ...allowed[0], package: 'z' }].map((one) => ({ id, reason: '', expires: '2027-01-01', ...one }));
    expect(auditOutcome(reportOf('high'), other, '2026-11-23').faults).toEqual([
      found('high'),
      `the exception for ${id} is not needed any more`,
    ]);
    expect(auditOutcome(nothing, allowed, '2026-11-23').faults).toEqual([`the exception for ${id} is not needed any more`]);
  });

  it.each([
    [
      'a registry without advisories',
      JSON.stringify({ message: '405 Method Not Allowed - POST …', error: { summary: '' } }),
      '405 Method Not Allowed - POST …',
    ],
    [
      'a registry that is away',
      JSON.stringify({ error: { code: 'ENOTFOUND', summary: 'getaddrinfo ENOTFOUND' } }),
      'getaddrinfo ENOTFOUND',
    ],
    ['npm that was ended', '', 'npm audit gave no report'],
    ['half a report', '{"auditReportVersion":2', 'npm audit gave no report'],
    ['a report of another form', '{"auditReportVersion":3,"vulnerabilities":{}}', 'npm audit gave no report'],
  ])('says of %s that nothing was checked, and still names what expired', (_what, output, why) => {
    expect(auditOutcome(output, [], '2026-11-23')).toEqual({ faults: [], notChecked: why });
    expect(auditOutcome(output, allowed, '2026-12-01').faults).toEqual([`the exception for ${id} expired on 2026-11-23`]);
  });

  it('takes no exception without a reason, a date or the id of an advisory', () => {
    const policy = { licences: { allowed: ['MIT'], exceptions: [] }, installScripts: {}, advisories: allowed };
    expect(SupplyChainPolicy.safeParse(policy).success).toBe(true);
    for (const change of [{ reason: 'no' }, { expires: 'later' }, { id: 'CVE-2026-1' }]) {
      const advisories = [{ ...allowed[0], ...change }];
      expect(SupplyChainPolicy.safeParse({ ...policy, advisories }).success).toBe(false);
    }
  });
});
