import { z } from 'zod';
import type { SupplyChainPolicy } from './policy.js';

/**
 * What `npm audit --json` says, against the list of advisories that do not concern this project.
 *
 * Promises: high and critical ones are faults unless allowed with a reason and a date that has not passed; a registry that does not answer
 * is told as `not checked`, never as green. Does not: know of faults that nobody reported.
 */
const Advisory = z.object({ name: z.string(), title: z.string(), url: z.string(), severity: z.string() });
const Report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), Advisory])) })),
});
const Failure = z.union([
  z.object({ message: z.string() }).transform(({ message }) => message),
  z.object({ error: z.object({ summary: z.string() }) }).transform(({ error }) => error.summary),
]);

export interface AuditOutcome {
  readonly faults: string[];
  /** Why the advisories were not asked for; undefined when they were. */
  readonly notChecked: string | undefined;
}

const serious = new Set(['high', 'critical']);
const idOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `today` is a date, `2026-11-23`: an entry holds up to and including its day. */
export function auditOutcome(output: string, allowed: SupplyChainPolicy['advisories'], today: string): AuditOutcome {
  const expired = allowed
    .filter(({ expires }) => expires < today)
    .map(({ id, expires }) => `the exception for ${id} expired on ${expires}`);
  const answer = parsed(output);
  const report = Report.safeParse(answer);
  if (!report.success) {
    const failure = Failure.safeParse(answer);
    return { faults: expired, notChecked: failure.success && failure.data !== '' ? failure.data : 'npm audit gave no report' };
  }
  const advisories = Object.values(report.data.vulnerabilities)
    .flatMap(({ via }) => via)
    .filter((via) => typeof via !== 'string')
    .filter(({ severity }) => serious.has(severity));
  const isAllowed = ({ url, name }: z.infer<typeof Advisory>): boolean =>
    allowed.some((one) => one.id === idOf(url) && one.package === name && one.expires >= today);
  const found = advisories
    .filter((advisory) => !isAllowed(advisory))
    .map(({ severity, name, title, url }) => `${severity}: ${name}: ${title} (${url})`);
  const unused = allowed
    .filter((one) => !advisories.some(({ url, name }) => one.id === idOf(url) && one.package === name))
    .map(({ id }) => `the exception for ${id} is not needed any more`);
  return { faults: [...new Set([...found, ...expired, ...unused])], notChecked: undefined };
}
