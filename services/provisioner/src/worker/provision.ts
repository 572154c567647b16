import type { CommandContext } from '@klevr/agent-runtime/built-ins/built-in';
import { CommandFailed } from '@klevr/agent-runtime/built-ins/built-in';
import type { BuiltInCommand } from '@klevr/agent-runtime/run/built-in-commands';
import { ProvisionStep } from '@klevr/contracts/provision';
import type { Engine } from '@klevr/contracts/resource';
import type { Log } from '@klevr/platform/log';
import { later } from './centre.js';
import type { Engines } from './engines.js';
import type { Keeper } from './keeper.js';
import { Operation, type OperationHost, type Outcome } from './operation.js';

/**
 * The command `Provision`: the one step of an operation's task.
 * Promises: the centre has the result before the step ends, as far as it can be reached; nothing else of this worker looks at the resource meanwhile. Its output is a
 * summary of a few lines. Does not: keep two operations on one resource apart; the centre sends one at a time.
 */
export interface ProvisionOptions {
  readonly host: OperationHost;
  readonly engines: Pick<Engines, 'find'>;
  readonly keeper: Pick<Keeper, 'hold'>;
  readonly log: Log;
}

/** Of a run that was ended the centre hears in any case; of its result for so long. */
const tellAfterEndMs = 1_500;

export const provision = (options: ProvisionOptions): BuiltInCommand => ({
  instant: false,
  run: async (given, context) => {
    const step = ProvisionStep.safeParse(given);
    if (!step.success)
      throw new TypeError(
        `parameters of Provision: ${step.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`,
      );
    const release = await options.keeper.hold(step.data.resource.id);
    try {
      return await carryOut(options, step.data, context);
    } finally {
      release();
    }
  },
});

const carryOut = async ({ host, engines, log }: ProvisionOptions, step: ProvisionStep, context: CommandContext): Promise<string> => {
  const { runId, attempt } = context;
  const engine = await engineFor(step, engines, host);
  const outcome = engine === undefined ? noEngine(step) : await new Operation(host, step, engine, context).run();
  log.info(
    { operationId: step.operationId, action: step.action, resourceId: step.resource.id, ok: outcome.ok, message: outcome.message },
    'operation ended',
  );
  const late = later(context.signal, tellAfterEndMs, host.clock);
  try {
    await host.centre.insist('result', { operationId: step.operationId, runId, attempt, ...outcome }, late.signal);
  } catch (error) {
    // Its task ends all the same, and that the centre hears by another way.
    log.warn({ error, operationId: step.operationId }, 'the result could not be told');
  } finally {
    late.cancel();
  }
  const summary = summaryOf(step, engine, outcome);
  if (!outcome.ok) throw new CommandFailed(outcome.message ?? 'failed', summary);
  return JSON.stringify(summary);
};

/** Where it stands already, else where it is told to, else any. */
const engineFor = (step: ProvisionStep, engines: Pick<Engines, 'find'>, { journal }: OperationHost): Promise<Engine | undefined> => {
  const known = journal.find(step.resource.id);
  const here = known?.recipe.driver === step.recipe.driver ? known.engine.id : null;
  return engines.find(step.recipe.driver, step.engine ?? here);
};

const noEngine = ({ recipe, engine }: ProvisionStep): Outcome => ({
  ...{ ok: false, plan: null, observation: null },
  message: `this worker does not reach ${engine === null || engine === undefined ? `an engine of ${recipe.driver}` : `the engine ${engine} of ${recipe.driver}`} now`,
});

const summaryOf = (
  { action, resource, recipe }: ProvisionStep,
  engine: Engine | undefined,
  { ok, message, plan, observation }: Outcome,
): object => ({
  ...{ ok, action, resource: resource.name, revision: resource.revision, recipe: `${recipe.name} ${recipe.version}` },
  ...{
    engine: engine?.id ?? null,
    changes: plan?.summary ?? null,
    parts: observation?.parts.length ?? null,
    message: message?.slice(0, 4_096) ?? null,
  },
});
