import type { Batch } from '@klevr/contracts/target';

/**
 * Whether a task goes on to its next batch of hosts. Pure.
 * Promises: every reason against it is told. Does not: know of hosts that no run of the task was meant for so far.
 */
export interface Toll {
  /** Runs so far that ended otherwise than well. */
  readonly failures: number;
  /** Touched hosts that are lost now, or whose run is. */
  readonly lostHosts: readonly string[];
  /** Of touched hosts, where it is known; empty where the load does not matter. */
  readonly loads: readonly { readonly agentId: string; readonly cpuLoad: number }[];
}

const namesAtMost = 5;

/** Why no further batch begins; null where it does. */
export const whyStop = (
  { stopAfterFailures, stopAfterLost, stopAboveCpuLoad }: Batch,
  { failures, lostHosts, loads }: Toll,
): string | null => {
  const reasons: string[] = [];
  if (failures >= stopAfterFailures) reasons.push(`${failures} of its runs have not succeeded, and it stops after ${stopAfterFailures}`);
  if (lostHosts.length >= stopAfterLost) {
    reasons.push(`${lostHosts.length} of its hosts are lost, and it stops after ${stopAfterLost}: ${named(lostHosts)}`);
  }
  const high = stopAboveCpuLoad === undefined ? [] : loads.filter(({ cpuLoad }) => cpuLoad > stopAboveCpuLoad);
  if (high.length > 0) {
    const hosts = high.sort((a, b) => b.cpuLoad - a.cpuLoad).map(({ agentId, cpuLoad }) => `${agentId} (${cpuLoad.toFixed(2)})`);
    reasons.push(`the load a processor is above ${stopAboveCpuLoad} on ${high.length} of its hosts: ${named(hosts)}`);
  }
  return reasons.length === 0 ? null : reasons.join('; ');
};

const named = (hosts: readonly string[]): string =>
  hosts.length <= namesAtMost ? hosts.join(', ') : `${hosts.slice(0, namesAtMost).join(', ')} and ${hosts.length - namesAtMost} more`;
