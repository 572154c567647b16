import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { Beacon } from './beacon/beacon.js';
import type { AgentConfig } from './config.js';
import type { DepartureKind } from './departure-request.js';
import type { ReadyExtension } from './extension.js';
import type { Identity } from './identity/identity.js';
import type { LoginRescue } from './identity/login-rescue.js';
import type { AgentLink } from './link.js';
import type { LogMemory } from './log-memory.js';
import type { Storage } from './storage.js';

/** What the agent as a whole is made of. */
export interface AgentOptions {
  readonly config: AgentConfig;
  readonly identity: Identity;
  readonly storage: Storage;
  readonly link: AgentLink;
  readonly clock: Clock;
  readonly log: Log & { level: string };
  readonly logMemory: LogMemory;
  readonly beacon: Pick<Beacon, 'port' | 'url'>;
  readonly rescue: Pick<LoginRescue, 'letIn' | 'refused' | 'stop' | 'fetchKeys'>;
  /** The centre has removed this agent: it is to be stopped and forgotten. */
  readonly onRemoved: (reason: string) => void;
  /** A task has asked for its end: it is to be stopped, and the process ended. */
  readonly onDeparture: (kind: DepartureKind) => Promise<void>;
  readonly extension?: ReadyExtension | undefined;
}
