import { join } from 'node:path';
import type { Subscription } from '@klevr/messaging/bus';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { serveAgentSubject } from './commands/agent-subject.js';
import type { CommandDesk } from './commands/command-desk.js';
import type { AgentConfig } from './config.js';
import { LeaseGuard } from './facts/lease-guard.js';
import { hearCentre, type CentreWords } from './hear-centre.js';
import type { Identity } from './identity/identity.js';
import { JwtRenewal, timesOf } from './identity/jwt-renewal.js';
import type { AgentLink } from './link.js';
import { groupsFile } from './run/left-over.js';
import type { Session } from './session/session.js';
import type { Storage } from './storage.js';

/** How parts of the agent are put together that need nothing of it as a whole. */
interface SubjectsOptions {
  readonly link: AgentLink;
  readonly storage: Pick<Storage, 'journal'>;
  readonly desk: CommandDesk;
  readonly session: Pick<Session, 'id' | 'settled'>;
  readonly words: CentreWords;
}

export const openSubjects = async ({ link, storage, desk, session, words }: SubjectsOptions): Promise<Subscription[]> => {
  const standing = (): { session: string | null; epoch: number } => ({ session: session.id, epoch: storage.journal.epochFloor });
  const subscriptions = [...hearCentre(link, words), serveAgentSubject({ link, desk, standing, sessionSettled: () => session.settled() })];
  // Should the connection break meanwhile, they are made anew with the next one.
  await link.bus.flush().catch(() => undefined);
  return subscriptions;
};

interface RenewalOptions {
  readonly identity: Identity;
  readonly link: AgentLink;
  readonly session: Pick<Session, 'id'>;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly log: Log;
}

export const renewalOf = ({ identity, link, session, clock, nowMs, log }: RenewalOptions): JwtRenewal =>
  new JwtRenewal({
    times: () => timesOf(identity.userJwt),
    ask: () => link.ask('renew', { session: session.id }),
    keep: (renewed) => identity.change(renewed),
    reconnect: () => link.bus.reconnect(),
    ...{ clock, nowMs, log },
  });

export const guardOf = ({ agentDir, scriptEnvironment }: AgentConfig, { runsFolder }: Storage, clock: Clock, log: Log): LeaseGuard =>
  new LeaseGuard({
    folder: join(agentDir, 'leases'),
    groupsFile: join(runsFolder, groupsFile),
    path: scriptEnvironment['PATH'] ?? '/usr/bin:/bin',
    clock,
    log,
  });
