import { join } from 'node:path';
import type { Subscription } from '@klevr/messaging/bus';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { serveAgentSubject } from './commands/agent-subject.js';
import type { CommandDesk } from './commands/command-desk.js';
import { TrustedKeys } from './commands/trusted-keys.js';
import type { AgentConfig } from './config.js';
import { LeaseGuard } from './facts/lease-guard.js';
import { hearCentre, type CentreWords } from './hear-centre.js';
import type { Identity } from './identity/identity.js';
import type { LoginRescue } from './identity/login-rescue.js';
import type { OpenExtension, ReadyExtension, Standing } from './extension.js';
import { JwtRenewal, issuerOf, timesOf } from './identity/jwt-renewal.js';
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
  // Only the server can say what the key is: this raises the floor, and of an answer to hello only what the task-manager signed.
  const key: CentreWords['key'] = (told) => {
    if (told.key !== null) storage.journal.raiseFloor(told.key.epoch);
    words.key(told);
  };
  const subscriptions = [
    ...hearCentre(link, { ...words, key }),
    serveAgentSubject({ link, desk, standing, sessionSettled: () => session.settled() }),
  ];
  // Should the connection break meanwhile, they are made anew with the next one.
  await link.bus.flush().catch(() => undefined);
  return subscriptions;
};

interface KeysOptions {
  readonly identity: Identity;
  readonly rescue: Pick<LoginRescue, 'fetchKeys'>;
  readonly session: () => Pick<Session, 'hello' | 'settled'>;
  readonly nowMs: () => number;
  readonly log: Log;
}

export const keysOf = ({ identity, rescue, session, nowMs, log }: KeysOptions): TrustedKeys =>
  new TrustedKeys({
    kept: () => identity.current.taskKeys,
    keep: (taskKeys) => {
      identity.change({ taskKeys }).catch((error: unknown) => log.error({ error }, 'the keys that sign tasks could not be kept'));
    },
    ask: async () => {
      session().hello();
      // The hello is under way only after this turn where another one had just ended.
      await Promise.resolve();
      await session().settled();
    },
    onStrange: () => rescue.fetchKeys(),
    ...{ nowMs, log },
  });

interface ExtensionOptions {
  readonly config: AgentConfig;
  readonly identity: Identity;
  readonly link: AgentLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly standing: () => Standing;
  readonly changed: () => void;
  readonly extension?: ReadyExtension | undefined;
}

export const extensionOf = ({ config, identity, extension, ...host }: ExtensionOptions): OpenExtension | undefined =>
  extension?.({
    ...{ link: host.link, clock: host.clock, log: host.log, nowMs: host.nowMs, standing: host.standing, changed: host.changed },
    ...{ agentDir: config.agentDir, environment: config.scriptEnvironment, zoneName: () => identity.current.zoneName },
  });

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
    issuer: () => issuerOf(identity.userJwt),
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
