import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { z } from 'zod';
import type { Watch } from '../driver.js';
import { ownerLabel } from './kube-object.js';
import type { KubectlCli } from './kubectl-cli.js';

/**
 * Hears of changes of what resources have at a cluster.
 * Promises: comes back after the cluster was away, with back-off, and tells then of every resource that it finds. Hears of workloads, services and settings; other
 * kinds are looked at by interval. Does not: tell what changed.
 */
export interface ClusterWatchOptions {
  readonly cli: Pick<KubectlCli, 'follow'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly changed: (resourceId: string, what: string) => void;
}

const watched = [
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/statefulsets',
  '/apis/apps/v1/daemonsets',
  '/api/v1/services',
  '/api/v1/configmaps',
];
const [firstPauseMs, longestPauseMs] = [1_000, 60_000];
const Heard = z.object({
  object: z.object({ kind: z.string(), metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }) }),
});

export const watchCluster = ({ cli, clock, log, changed }: ClusterWatchOptions): Watch => {
  const end = new AbortController();
  const hear = (line: string): void => {
    const heard = Heard.safeParse(JSON.parse(line)).data?.object;
    const id = heard?.metadata.labels?.[ownerLabel];
    if (heard !== undefined && id !== undefined) changed(id, `${heard.kind}/${heard.metadata.name}`);
  };
  const follow = async (path: string): Promise<void> => {
    let pauseMs = firstPauseMs;
    while (!end.signal.aborted) {
      const beganMs = clock.monotonicMs();
      await cli.follow(['get', '--raw', `${path}?watch=1&labelSelector=${ownerLabel}`], hear, end.signal).catch((error: unknown) => {
        if (!end.signal.aborted) log.debug({ error, path }, 'the watch of the cluster ended, and begins again');
      });
      // The server ends watches that are old: that is no fault of its.
      pauseMs = clock.monotonicMs() - beganMs > longestPauseMs ? firstPauseMs : Math.min(longestPauseMs, pauseMs * 2);
      await pause(clock, pauseMs, end.signal);
    }
  };
  const following = watched.map(follow);
  return {
    stop: async () => {
      end.abort();
      await Promise.all(following);
    },
  };
};

const pause = async (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      cancel();
      // The signal lives for as long as the watch: what hung on to it would be more with each pause.
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.setTimer(wake, ms);
    signal.addEventListener('abort', wake, { once: true });
  });
};
