import type { Hello } from '@klevr/contracts/presence';
import type { HostView } from '../host/host-view.js';
import { currentLoad } from '../host/load.js';
import type { Journal } from '../journal/journal.js';
import { agentVersion } from '../version.js';

/** As many as fit into one message besides the facts. */
const maxKnownAttempts = 5_000;

export interface HelloParts {
  readonly session: string | null;
  readonly conn: Hello['conn'] | undefined;
  readonly journal: Pick<Journal, 'id' | 'ledger'>;
  readonly beaconUrl: string | null;
  readonly runs: number;
  readonly host: HostView;
  /** Whether it can be the zone's primary. */
  readonly standing: boolean;
  readonly sleptSeconds: number;
  readonly opinion: Hello['opinion'];
  /** Public. */
  readonly sealingKey: string;
  readonly challenge: string;
}

/** What this agent tells the centre at hello: who it is now, what its host is, which attempts it knows. */
export const helloRequest = async ({
  session,
  conn,
  journal,
  beaconUrl,
  runs,
  host,
  standing,
  sleptSeconds,
  opinion,
  sealingKey,
  challenge,
}: HelloParts): Promise<Hello> => ({
  session,
  journalId: journal.id,
  version: agentVersion,
  facts: await host.known(),
  beaconUrl,
  // While the connection is away the request fails anyway.
  conn: conn ?? { serverId: 'unknown', clientId: 0 },
  load: currentLoad(runs),
  standing,
  attempts: journal.ledger.known(maxKnownAttempts),
  ...(sleptSeconds > 0 ? { sleptSeconds } : {}),
  ...(opinion === undefined ? {} : { opinion }),
  sealingKey,
  challenge,
});
