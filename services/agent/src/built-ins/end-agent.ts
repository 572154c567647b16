import type { Departure, DepartureKind } from '../departure.js';
import type { BuiltIn } from './built-in.js';

/** Each answers at once; the agent goes when the run that asked for it is stored. */
type Departs = () => Pick<Departure, 'begin'>;

export const gracefulShutdown = (departure: Departs): BuiltIn<'GracefulShutdownAgent'> => ({
  instant: false,
  run: ({ waitSeconds }, by) => begin(departure, 'shutdown', waitSeconds, by),
});

export const restart = (departure: Departs): BuiltIn<'RestartAgent'> => ({
  instant: false,
  run: ({ waitSeconds }, by) => begin(departure, 'restart', waitSeconds, by),
});

export const forceShutdown = (departure: Departs): BuiltIn<'ForceShutdownAgent'> => ({
  instant: false,
  run: (_, by) => begin(departure, 'force', 0, by),
});

const begin = (departure: Departs, kind: DepartureKind, waitSeconds: number, by: Parameters<BuiltIn<'RestartAgent'>['run']>[1]): null => {
  departure().begin({ kind, waitMs: waitSeconds * 1000, by });
  return null;
};
