import type { Observation } from '@klevr/contracts/provision';
import type { CheckedHealth, Engine, PlanChange } from '@klevr/contracts/resource';
import { isWork } from './plan.js';
import type { OpenWork } from './workshop.js';

/** What is told of a resource, of a size that passes. */
const mostBytes = 400 * 1024;
const mostParts = 10_000;

export interface ObservationParts {
  readonly engine: Engine;
  /** What a plan would do. */
  readonly changes: readonly PlanChange[];
  readonly health: readonly CheckedHealth[];
  readonly nowMs: number;
}

export const observationOf = async (
  { session, prepared }: Pick<OpenWork, 'session' | 'prepared'>,
  { engine, changes, health, nowMs }: ObservationParts,
): Promise<Observation> => {
  const { parts, values } = await session.observe();
  const outputs = outputsOf(prepared, values);
  const drift = changes.filter(isWork);
  return fitting({
    parts: parts.slice(0, mostParts),
    drift: drift.slice(0, mostParts),
    health: [...health],
    outputs,
    engine,
    observedAtMs: nowMs,
  });
};

/** Of what is half there some cannot be told, and then none is. */
const outputsOf = (prepared: OpenWork['prepared'], values: Readonly<Record<string, unknown>>): Observation['outputs'] => {
  try {
    return { ...prepared.outputs(values) };
  } catch {
    return {};
  }
};

const fitting = (whole: Observation): Observation => {
  const fits = (candidate: Observation): boolean => Buffer.byteLength(JSON.stringify(candidate)) <= mostBytes;
  if (fits(whole)) return whole;
  const bare = {
    ...whole,
    parts: whole.parts.map((part) => ({ ...part, details: {} })),
    drift: whole.drift.map((change) => ({ ...change, fields: [] })),
  };
  for (let most = mostParts; ; most = Math.floor(most / 2)) {
    const less = { ...bare, parts: bare.parts.slice(0, most), drift: bare.drift.slice(0, most) };
    if (most === 0 || fits(less)) return less;
  }
};

/** Whether one tells anything that the other does not. */
export const saysTheSame = (one: Observation, other: Observation): boolean =>
  JSON.stringify({ ...one, observedAtMs: 0 }) === JSON.stringify({ ...other, observedAtMs: 0 });
