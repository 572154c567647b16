import type { ConnectionId, PrimaryKey } from '@klevr/contracts/presence';
import { settle } from './settlement.js';
import { newZoneElection, type ElectionAction, type ElectionEvent } from './settlement-types.js';

export const connOf = (clientId: number): ConnectionId => ({ serverId: 'S', clientId });
export const keyOf = (agentId: string, epoch: number | null, conn: ConnectionId | null = null): PrimaryKey => ({
  ...{ agentId, session: `ses_${agentId}`, epoch, stamp: 0, since: '2026-01-01T00:00:00.000Z', conn },
});

/** A replica in a zone that it knows nothing of. */
export const emptyZone = () => {
  const zone = newZoneElection();
  return { zone, hear: (event: ElectionEvent): ElectionAction[] => settle(zone, event, { monotonicMs: 100_000, wallMs: 100_000 }) };
};

/** A replica in a zone whose primary is `a` since revision 10, on connection 1; `b` stands on connection 2. */
export const replica = () => {
  const zone = newZoneElection();
  let nowMs = 100_000;
  const hear = (event: ElectionEvent): ElectionAction[] => settle(zone, event, { monotonicMs: nowMs, wallMs: nowMs });
  const stand = (agentId: string, clientId: number, answering = true, session: string | null = `ses_${agentId}`) =>
    hear({
      kind: 'stands',
      agentId,
      session: session ?? undefined,
      conn: connOf(clientId),
      load: 0,
      preference: 'normal',
      standing: true,
      answering,
    });
  hear({ kind: 'keyRead', revision: 11, key: keyOf('a', 10, connOf(1)), knownRevision: undefined });
  stand('a', 1);
  return {
    zone,
    hear,
    stand,
    pass: (ms: number) => (nowMs += ms),
    sign: (ref: number, epoch = 10, agentId = 'a', clientId = 1) =>
      hear({ kind: 'sign', ref, agentId, session: `ses_${agentId}`, epoch, conn: connOf(clientId) }),
    wrote: (actions: ElectionAction[], result: Extract<ElectionEvent, { kind: 'wrote' }>['result']) => {
      const write = actions.find((action) => action.kind === 'write');
      return hear({ kind: 'wrote', writeId: write?.kind === 'write' ? write.writeId : -1, result });
    },
  };
};

export const kinds = (actions: ElectionAction[]): string[] => actions.map(({ kind }) => kind);
export const appointed = (actions: ElectionAction[]): (string | undefined)[] =>
  actions.flatMap((action) => (action.kind === 'write' && action.key.epoch === null ? [action.key.agentId] : []));
export const answers = (actions: ElectionAction[]): string[] =>
  actions.flatMap((action) => (action.kind === 'answer' ? [action.outcome] : []));
