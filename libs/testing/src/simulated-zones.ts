import type { Zone } from '@klevr/contracts/zone';
import type { Api } from './api.js';

/** Zones for simulated agents: made with a join token each, known by their label, and deleted again with whoever is in them. */
export interface SimulatedZone {
  readonly id: string;
  readonly name: string;
  /** One for each set of labels that was asked for, in the same order. */
  readonly joinTokens: readonly string[];
}

export interface MakeZonesOptions {
  readonly name: string;
  readonly zones: number;
  readonly settings: object;
  readonly tokens: readonly { readonly labels: Record<string, string>; readonly maxUses: number }[];
}

const label = { simulated: 'true' };
const callsAtOnce = 8;
const tokenSeconds = 86_400;

export const makeSimulatedZones = async (api: Api, { name, zones, settings, tokens }: MakeZonesOptions): Promise<SimulatedZone[]> =>
  eachAtOnce(
    Array.from({ length: zones }, (_, index) => `${name}-${index + 1}`),
    async (zoneName) => {
      const { id } = await api.post<Zone>('/zones', { name: zoneName, environment: 'test', labels: label, settings });
      const joinTokens: string[] = [];
      for (const { labels, maxUses } of tokens) {
        const body = { ttlSeconds: tokenSeconds, maxUses, labels };
        joinTokens.push((await api.post<{ token: string }>(`/zones/${id}/join-tokens`, body)).token);
      }
      return { id, name: zoneName, joinTokens };
    },
  );

/** Answers how many are still there when the signal says that time is over, or because the system cannot delete zones. */
export const deleteZones = async (
  api: Api,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<{ left: number; why: string | null }> => {
  let why: string | null = null;
  let deleted = 0;
  await eachAtOnce(ids, async (id) => {
    if (signal?.aborted === true) return;
    const answer = await api.raw('DELETE', `/zones/${id}?force=true`);
    if (answer.ok || answer.status === 404) deleted += 1;
    else why ??= `DELETE /zones/${id}?force=true answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`;
  });
  return { left: ids.length - deleted, why };
};

/** Those of every earlier run. */
export const simulatedZoneIds = async (api: Api): Promise<string[]> => {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { items: Zone[]; nextCursor: string | null } = await api.get(
      `/zones?limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    found.push(...page.items.filter(({ labels }) => labels['simulated'] === label.simulated).map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return found;
};

const eachAtOnce = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(callsAtOnce, items.length) }, worker));
  return results;
};
