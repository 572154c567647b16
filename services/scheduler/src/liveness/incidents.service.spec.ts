import { describe, expect, it, jest } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import type { Log } from '@klevr/platform/log';
import { Roster, rosterEntryOf } from '../hosts/roster.js';
import { AgentRow } from '../tables/agent.entity.js';
import type { ZonesStore } from '../zones/zones.store.js';
import { IncidentsService } from './incidents.service.js';
import type { IncidentsStore } from './incidents.store.js';

const zoneWith = (kind: AgentRow['kind'], count: number) => {
  const roster = new Roster();
  const ids = Array.from({ length: count }, (_, index) => `agt_${index}`);
  for (const id of ids)
    roster.learn(rosterEntryOf(Object.assign(new AgentRow(), { id, kind, zoneId: 'z', publicKey: id, status: 'online' })));
  const open = jest.fn<IncidentsStore['open']>().mockResolvedValue(undefined);
  const store = { open, current: async () => [] } as unknown as IncidentsStore;
  const log = { warn: () => undefined, debug: () => undefined } as unknown as Log;
  return { ids, open, incidents: new IncidentsService(store, {} as ZonesStore, roster, new FakeClock(), log) };
};

describe('a mass loss', () => {
  it.each([
    ['is the going of many agents at once', 'agent', 1],
    ['is not the going of workers, however many', 'worker', 0],
  ] as const)('%s', (_what, kind, opened) => {
    const { ids, open, incidents } = zoneWith(kind, 5);
    for (const id of ids) incidents.gone('z', id);
    expect(open).toHaveBeenCalledTimes(opened);
  });
});
