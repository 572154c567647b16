import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { AgentConfig } from '../config.js';
import type { HostView } from '../host/host-view.js';
import type { AgentLink } from '../link.js';
import { Departure } from '../departure.js';
import type { DepartureKind } from '../departure-request.js';
import type { LogMemory } from '../log-memory.js';
import { builtInCommandsOf, type BuiltInCommands } from '../run/built-in-commands.js';
import type { RunEnd } from '../run/run-execution.js';
import { Runs, type Leases } from '../run/runs.js';
import type { Session } from '../session/session.js';
import type { Storage } from '../storage.js';
import { CommandDesk } from './command-desk.js';
import type { CommandVerifier } from './command-verifier.js';

export interface WorkOptions {
  readonly config: AgentConfig;
  readonly storage: Storage;
  readonly link: AgentLink;
  readonly clock: Clock;
  readonly log: Log & { level: string };
  readonly logMemory: LogMemory;
  readonly leases: Leases;
  readonly collectFacts: HostView['known'];
  readonly commands: BuiltInCommands | undefined;
  readonly session: Pick<Session, 'id' | 'settled'>;
  readonly nowMs: () => number;
  readonly verify: CommandVerifier;
  readonly onRunEnd: (status: RunEnd['status']) => void;
  /** Takes nothing new, hands over and says goodbye; what runs goes on. */
  readonly leave: () => Promise<void>;
  /** Ends the agent and its process. */
  readonly end: (kind: DepartureKind) => Promise<void>;
}

/** The desk that takes commands in and the runs that they start, wired to this agent's storage and standing. */
export const workOf = (options: WorkOptions): { runs: Runs; desk: CommandDesk } => {
  const { config, storage, link, clock, log, logMemory, leases, collectFacts, session, nowMs, verify, onRunEnd, leave, end } = options;
  const environment = config.scriptEnvironment;
  const host = { collectFacts, logLevel: log, logMemory, runs: () => runs, departure: () => departure };
  const builtIns = builtInCommandsOf(host, options.commands);
  const runs = new Runs({ ...storage, builtIns, environment, clock, nowMs, log, leases, onEnd: onRunEnd });
  const desk = new CommandDesk({
    verify,
    journal: storage.journal,
    runs,
    standing: () => ({
      agentId: link.me.agent,
      zoneId: link.me.zone,
      session: session.id,
      epochFloor: storage.journal.epochFloor,
      nowMs: nowMs(),
    }),
    sessionSettled: () => session.settled(),
    log,
  });
  const departure = new Departure({ journal: storage.journal, runs, takeNoMore: () => desk.close(), leave, end, clock, log });
  return { runs, desk };
};
