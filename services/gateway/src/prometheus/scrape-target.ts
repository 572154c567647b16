import type { Agent } from '@klevr/contracts/agent';
import { z } from 'zod';

/** One group of Prometheus' HTTP service discovery. */
export const ScrapeTarget = z
  .object({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()) })
  .meta({ id: 'ScrapeTarget' });
export type ScrapeTarget = z.infer<typeof ScrapeTarget>;

const standardPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * The beacon of an agent as a target; undefined for one that has none to be reached.
 *
 * Promises: label names are valid for Prometheus whatever the operators' label names are; of two that become the same name, the first in
 * alphabetical order counts, so a target's labels do not change from one asking to the next.
 */
export function scrapeTargetOf(agent: Agent): ScrapeTarget | undefined {
  if (agent.beaconUrl === null || !URL.canParse(agent.beaconUrl)) return undefined;
  const url = new URL(agent.beaconUrl);
  const port = url.port === '' ? standardPorts[url.protocol] : url.port;
  if (port === undefined) return undefined;
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(agent.labels).sort(([a], [b]) => (a < b ? -1 : 1))) {
    labels[`__meta_klevr_label_${name.replaceAll(/\W/g, '_')}`] ??= value;
  }
  return {
    targets: [`${url.hostname}:${port}`],
    labels: {
      ...labels,
      __scheme__: url.protocol.slice(0, -1),
      __meta_klevr_agent: agent.id,
      __meta_klevr_kind: agent.kind,
      __meta_klevr_zone: agent.zoneName,
      __meta_klevr_zone_id: agent.zoneId,
      __meta_klevr_status: agent.status,
      __meta_klevr_primary: String(agent.isPrimary),
      __meta_klevr_drained: String(agent.drained),
      __meta_klevr_hostname: agent.facts.hostname,
      __meta_klevr_os: agent.facts.os,
      __meta_klevr_architecture: agent.facts.architecture,
      __meta_klevr_host_type: agent.facts.type,
      __meta_klevr_version: agent.version,
    },
  };
}
