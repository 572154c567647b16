import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';

/**
 * Runs work that somebody else's text decides about: patterns of a JSON Schema, templates.
 * Promises: it ends within the given time, also where a regular expression runs away; then TookTooLong is thrown. Does not: bound memory, or let anything else
 * of this process run meanwhile. The work must be synchronous, good to be
 * begun anew, and change nothing that is used after it was cut off, as its `finally` may not run.
 */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** Generous, as it is about what never ends and not about what is slow on a busy machine. */
const mostMs = 2_000;

const realm = createContext(Object.create(null) as object, { name: 'bounded', codeGeneration: { strings: false, wasm: false } });
const call = new Script('(0, work)()');

/** So many times as long at most, on a machine that gives this thread little. */
const patience = 10;

/** Work that was cut off before it had had its time was not at fault: it is done again, for as long as that takes here. */
/** `worked` tells how long this thread has worked, in milliseconds. */
export const bounded = <T>(work: () => T, ms = mostMs, worked = workedMs): T => {
  for (let limitMs = ms; ;) {
    const before = worked();
    try {
      return once(work, limitMs);
    } catch (error) {
      const hadMs = worked() - before;
      if (!(error instanceof TookTooLong) || hadMs >= 0.8 * ms || limitMs >= patience * ms) throw error;
      limitMs = Math.ceil(Math.min(patience * ms, (1.5 * limitMs * ms) / Math.max(1, hadMs)));
    }
  }
};

/** Of this thread alone, where the system tells it: others of the process, such as those that compile, work meanwhile. */
const workedMs = (): number => {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1_000_000;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
};

const once = <T>(work: () => T, ms: number): T => {
  const holder = realm as { work?: (() => void) | undefined };
  const outer = holder.work;
  let result: { readonly value: T } | undefined;
  holder.work = () => {
    result = { value: work() };
  };
  try {
    call.runInContext(realm, { timeout: ms });
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      throw new TookTooLong(`was not done after ${ms / 1000} s`, { cause: error });
    }
    throw error;
  } finally {
    holder.work = outer;
  }
  if (result === undefined) throw new TookTooLong('was cut off');
  return result.value;
};
