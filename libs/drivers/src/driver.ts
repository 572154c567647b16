import type { Engine, ObservedPart, PlanChange } from '@klevr/contracts/resource';
import type { DriverName } from '@klevr/contracts/recipe';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { DriverSettings } from './driver-settings.js';

/**
 * What a driver is: it knows one kind of engine or tool, and brings one resource at a time to where it shall be.
 * Promises of every driver: a plan touches nothing; the same goal planned again after it was reached has no change but `none`; whatever it makes carries
 * the resource's id at the engine, so that it finds its own after any crash and never touches anybody else's; carrying out again after it was cut off
 * anywhere goes on from there and leaves nothing twice and nothing orphaned. Parameters never pass through a shell.
 */
export interface DriverHost {
  /** Private to this driver on this worker; survives restarts. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What programs that it starts inherit: no secret of the worker is in it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: DriverSettings;
}

export type Goal = { readonly present: true } | { readonly present: false; readonly deleteData: boolean };

export interface RenderedFile {
  readonly text: string;
  readonly sensitive: boolean;
  readonly digest: string;
  readonly known: boolean;
}

/** The recipe's folder on this worker. Paths are relative to it; one that leads out is refused. */
export interface RecipeFiles {
  readonly folder: string;
  list(): readonly string[];
  read(path: string): Promise<Buffer>;
  /**
   * A text; rendered as a template where its name ends in `.liquid`. `sensitive`: a secret is in it. `digest`: of the text with fingerprints in place of secrets,
   * to compare with what was applied; a worker that started again has no secrets (`known: false`), and the text then holds `***` in their place.
   */
  render(path: string): Promise<RenderedFile>;
}

/** State that belongs to the centre; sealed there, and held by one worker at a time. */
export interface StateKeeper {
  /** The state as it is, undefined if there is none yet. Throws CONFLICT where another worker holds it. */
  lock(): Promise<Buffer | undefined>;
  write(state: Buffer): Promise<void>;
  unlock(): Promise<void>;
}

export interface DriverWork {
  readonly engine: Engine;
  readonly resource: { readonly id: string; readonly name: string; readonly zoneName: string; readonly revision: number };
  /**
   * The recipe's section, rendered: values are of their own types, secrets are `Secret`s of @klevr/recipes. Checked by the driver. A plan compares secrets by
   * their fingerprints, which the engine carries as labels: without an operation only these are known.
   */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly files: RecipeFiles;
  /** Private to the resource on this worker, until it is destroyed. */
  readonly folder: string;
  readonly state: StateKeeper;
  readonly signal: AbortSignal;
  /** A line for the log of the operation. */
  say(line: string): void;
}

export type StepState = 'begun' | 'done' | 'failed';
/** Resolves once the centre has it; throws where the work is to stop. */
export type Progress = (change: PlanChange, state: StepState, message?: string) => Promise<void>;

export interface Observed {
  readonly parts: readonly ObservedPart[];
  /** What outputs may name as `observed.…`. */
  readonly values: Readonly<Record<string, unknown>>;
}

export interface DriverSession {
  plan(goal: Goal): Promise<PlanChange[]>;
  /** In the order of the plan; throws at the first that fails, after having told so. */
  carryOut(changes: readonly PlanChange[], goal: Goal, progress: Progress): Promise<void>;
  observe(): Promise<Observed>;
  /** What the engine says of a part, or of the resource as a whole. */
  engineHealth(part?: string): Promise<{ readonly state: 'healthy' | 'unhealthy' | 'starting' | 'unknown'; readonly message: string }>;
  /** For health checks inside a part, where the engine can do that. */
  execute?(part: string, command: readonly string[], signal: AbortSignal): Promise<{ readonly exitCode: number; readonly output: string }>;
  close(): Promise<void>;
}

export interface Watch {
  stop(): Promise<void>;
}

export interface Driver {
  readonly name: DriverName;
  /** What this worker reaches now; empty where nothing. Never throws. */
  engines(): Promise<Engine[]>;
  /** Throws SpecProblem with every fault of the section. */
  open(work: DriverWork): Promise<DriverSession>;
  /** By the engine's own events. It comes back by itself after the engine was away, and then calls `changed` for every resource that it knows. */
  watch?(engine: Engine, changed: (resourceId: string, what: string) => void): Promise<Watch>;
  close(): Promise<void>;
}

export type OpenDriver = (host: DriverHost) => Driver;

/** Everything that is wrong with a rendered section. */
export class SpecProblem extends Error {
  override readonly name = 'SpecProblem';
  constructor(readonly faults: readonly { readonly path: string; readonly message: string }[]) {
    super(faults.map(({ path, message }) => `spec.${path}: ${message}`).join('; '));
  }
}

/** Carries out changes that stand alone, one after the other. */
export const oneByOne = async (
  changes: readonly PlanChange[],
  progress: Progress,
  carryOut: (change: PlanChange) => Promise<void>,
): Promise<void> => {
  for (const change of changes) {
    if (change.action === 'none' || change.action === 'keep') continue;
    await progress(change, 'begun');
    try {
      await carryOut(change);
    } catch (error) {
      await progress(change, 'failed', error instanceof Error ? error.message : String(error));
      throw error;
    }
    await progress(change, 'done');
  }
};
