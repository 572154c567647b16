import type { ActualContainer } from './actual-state.js';
import { stateOf } from './container-parts.js';
import type { ContainerSpec } from './docker-spec.js';

/** What the engine says of a container, as the health of a resource knows it. Pure. */
export interface EngineHealth {
  readonly state: 'healthy' | 'unhealthy' | 'starting' | 'unknown';
  readonly message: string;
}

export const containerHealth = (container: ActualContainer | undefined, spec: ContainerSpec | undefined): EngineHealth => {
  if (container === undefined) return { state: 'unhealthy', message: 'is not there' };
  const { State } = container.info;
  const state = stateOf(container);
  if (spec?.job === true && State.Status === 'exited') return { state: State.ExitCode === 0 ? 'healthy' : 'unhealthy', message: state };
  if (spec?.job === true && State.Running) return { state: 'starting', message: state };
  if (!State.Running || State.Paused || State.Restarting) return { state: 'unhealthy', message: state };
  switch (State.Health?.Status) {
    case undefined:
    case 'none':
    case 'healthy':
      return { state: 'healthy', message: state };
    case 'starting':
      return { state: 'starting', message: 'its check has not told yet' };
    default:
      return { state: 'unhealthy', message: State.Health?.Log.at(-1)?.Output.trim().slice(0, 1_000) || 'its check fails' };
  }
};

const order = ['healthy', 'unknown', 'starting', 'unhealthy'] as const;

/** The worst of all. */
export const wholeHealth = (each: readonly (EngineHealth & { readonly part: string })[]): EngineHealth => {
  const worst = [...each].sort((a, b) => order.indexOf(b.state) - order.indexOf(a.state))[0];
  if (worst === undefined) return { state: 'unknown', message: 'has no containers' };
  return worst.state === 'healthy' ? { state: 'healthy', message: '' } : { state: worst.state, message: `${worst.part}: ${worst.message}` };
};
