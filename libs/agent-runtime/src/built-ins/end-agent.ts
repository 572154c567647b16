import type { DepartureKind, Departs } from '../departure-request.js';
import type { BuiltIn } from './built-in.js';

/** Each answers at once; the agent goes when the run that asked for it is stored. */
type Departing = () => Departs;

export const gracefulShutdown = (departure: Departing): BuiltIn<'GracefulShutdownAgent'> => ({
  instant: false,
  run: ({ waitSeconds }, by) => begin(departure, 'shutdown', waitSeconds, by),
});

export const restart = (departure: Departing): BuiltIn<'RestartAgent'> => ({
  instant: false,
  run: ({ waitSeconds }, by) => begin(departure, 'restart', waitSeconds, by),
});

export const forceShutdown = (departure: Departing): BuiltIn<'ForceShutdownAgent'> => ({
  instant: false,
  run: (_, by) => begin(departure, 'force', 0, by),
});

const begin = (departure: Departing, kind: DepartureKind, waitSeconds: number, by: Parameters<BuiltIn<'RestartAgent'>['run']>[1]): null => {
  departure().begin({ kind, waitMs: waitSeconds * 1000, by });
  return null;
};
