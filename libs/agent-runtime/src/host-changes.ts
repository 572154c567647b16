import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { Beacon } from './beacon/beacon.js';
import { FactsWatch } from './host/facts-watch.js';
import { telltaleFolders } from './host/host-facts.js';
import type { HostView } from './host/host-view.js';
import type { AgentLink } from './link.js';
import type { Session } from './session/session.js';

export interface HostChangesOptions {
  readonly link: AgentLink;
  readonly session: Pick<Session, 'id'>;
  readonly beacon: Pick<Beacon, 'url'>;
  readonly host: HostView;
  /** Where tools are looked for. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The watch over this host, which tells its changes to the centre. A hello that is on its way may not know them, so without a session they wait. */
export const hostChanges = ({ link, session, beacon, host, path, clock, log }: HostChangesOptions): FactsWatch =>
  new FactsWatch({
    known: host.known,
    collect: host.anew,
    folders: telltaleFolders(path),
    tell: async (facts) => {
      if (session.id === null) throw new Error('no session has been granted yet');
      await link.ask('facts', { session: session.id, facts, beaconUrl: beacon.url });
    },
    clock,
    log,
  });
