import type { AgentKind, HostFacts } from '@klevr/contracts/agent';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { z } from 'zod';
import type { AgentLink } from './link.js';
import type { BuiltInCommands } from './run/built-in-commands.js';

/**
 * A program that is an agent and more: it is admitted, granted a session and given signed commands as an agent is, and has commands of its own.
 * Promises: its commands come signed, journaled and once, as all do; `start` comes when it is connected, `stop` after its last run has ended and while the
 * centre can still be asked. Does not: let it stand for primary.
 */
export interface ProgramNames {
  /** In messages to people: `klevr-worker`. */
  readonly program: string;
  /** In log lines. */
  readonly service: string;
  readonly help: string;
}

export interface AgentExtension<S extends z.ZodObject = z.ZodObject> extends ProgramNames {
  /** What its join token must be for. */
  readonly kind: AgentKind;
  /** Its own keys of the configuration. */
  readonly settings: S;
  readonly open: (host: ExtensionHost, settings: z.output<S>) => OpenExtension;
}

export interface ExtensionHost {
  readonly link: AgentLink;
  readonly clock: Clock;
  readonly log: Log;
  /** The centre's time. */
  readonly nowMs: () => number;
  /** The state folder of the agent. */
  readonly agentDir: string;
  /** What programs that it starts inherit. */
  readonly environment: Readonly<Record<string, string>>;
  readonly zoneName: () => string;
  readonly standing: () => Standing;
  /** Its capabilities are others now. */
  readonly changed: () => void;
}

export interface Standing {
  /** Null before the centre granted one. */
  readonly session: string | null;
  /** Whether it is to get new work. */
  readonly takesWork: boolean;
}

export interface OpenExtension {
  readonly commands: BuiltInCommands;
  readonly capabilities: () => HostFacts['capabilities'];
  start(): void;
  reconnected(): void;
  /** A hello was answered: its standing may be another now. */
  greeted(): void;
  /** No new work is wanted; what runs goes on. */
  leaving(): void;
  stop(): Promise<void>;
}

/** One whose settings have been read. */
export type ReadyExtension = (host: ExtensionHost) => OpenExtension;
