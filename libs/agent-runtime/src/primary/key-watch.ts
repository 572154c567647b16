import { PrimaryKey, republishHeaders, type HelloReply } from '@klevr/contracts/presence';
import type { Incoming } from '@klevr/messaging/message';
import type { NamedKey } from '@klevr/election/primary-role';

/**
 * What the zone's key says, as far as this agent has been told.
 * Promises: an older word never replaces a newer one. Only words that the server or the centre alone can send may come here: the key's republish and
 * the answers to hello.
 */
export interface KeyView {
  readonly revision: number;
  /** Null where the key was deleted. */
  readonly key: (NamedKey & { readonly ready: boolean; readonly stamp: number | null }) | null;
}

/** A republished key; undefined where the message is no such thing. A deletion appoints nobody and so has no epoch. */
export const readKey = (message: Pick<Incoming, 'bytes' | 'header' | 'json'>): KeyView | undefined => {
  const revision = Number(message.header(republishHeaders.sequence));
  if (!Number.isSafeInteger(revision) || revision < 1) return undefined;
  if (message.header(republishHeaders.operation) !== undefined || message.bytes.length === 0) return { revision, key: null };
  let body: unknown;
  try {
    body = message.json();
  } catch {
    return undefined;
  }
  const value = PrimaryKey.safeParse(body);
  if (!value.success) return undefined;
  const { agentId, session, epoch, stamp } = value.data;
  return { revision, key: { agentId, session, epoch: epoch ?? revision, ready: epoch !== null, stamp } };
};

/** What a hello answer says of the key; its session is not told, but the answer to `ready` will say if it is another. */
export const keyOfHello = (primary: NonNullable<HelloReply['primary']>, me: { agentId: string; session: string }): KeyView => ({
  revision: primary.revision,
  key: {
    agentId: primary.agentId,
    session: primary.agentId === me.agentId ? me.session : '',
    epoch: primary.epoch,
    ready: primary.ready,
    stamp: null,
  },
});

export const newer = (known: KeyView | undefined, told: KeyView): KeyView =>
  known === undefined || told.revision > known.revision ? told : known;
