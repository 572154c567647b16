import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { AgentConfig } from '../config.js';
import { collectHostFacts } from '../host/host-facts.js';
import type { AgentLink } from '../link.js';
import { builtInCommandsOf } from '../run/built-in-commands.js';
import type { RunEnd } from '../run/run-execution.js';
import { Runs } from '../run/runs.js';
import type { Session } from '../session/session.js';
import type { Storage } from '../storage.js';
import { CommandDesk } from './command-desk.js';
import type { CommandVerifier } from './command-verifier.js';

export interface WorkOptions {
  readonly config: AgentConfig;
  readonly storage: Storage;
  readonly link: AgentLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly session: Pick<Session, 'id' | 'settled'>;
  readonly nowMs: () => number;
  readonly verify: CommandVerifier;
  readonly onRunEnd: (status: RunEnd['status']) => void;
}

/** The desk that takes commands in and the runs that they start, wired to this agent's storage and standing. */
export const workOf = ({
  config,
  storage,
  link,
  clock,
  log,
  session,
  nowMs,
  verify,
  onRunEnd,
}: WorkOptions): { runs: Runs; desk: CommandDesk } => {
  const environment = config.scriptEnvironment;
  const builtIns = builtInCommandsOf({ collectFacts: () => collectHostFacts(environment['PATH'] ?? '') });
  const runs = new Runs({ ...storage, builtIns, environment, clock, nowMs, log, onEnd: onRunEnd });
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
  return { runs, desk };
};
