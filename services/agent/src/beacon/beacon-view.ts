import type { KeyView } from '../primary/key-watch.js';
import { mayAct, termSeconds, type RoleState } from '@klevr/election/primary-role';

/** What the beacon tells, from the agent's own state. Pure. */
export interface BeaconState {
  readonly agentId: string;
  readonly zoneId: string;
  readonly zoneName: string;
  readonly version: string;
  readonly session: string | null;
  readonly connected: boolean;
  readonly role: RoleState;
  readonly key: KeyView | undefined;
  readonly runs: readonly object[];
  readonly unansweredFacts: number;
  /** Seconds of the clock that counts sleep. */
  readonly uptimeSeconds: number;
  /** The centre's time. */
  readonly centreMs: number;
}

export const statusView = (state: BeaconState): object => {
  const { key } = state.key ?? { key: null };
  return {
    agentId: state.agentId,
    zoneId: state.zoneId,
    zoneName: state.zoneName,
    version: state.version,
    session: state.session,
    connected: state.connected,
    role: state.role.role === 'primary' && mayAct(state.role, state.uptimeSeconds) ? 'primary' : 'secondary',
    epoch: state.role.role === 'secondary' ? null : state.role.epoch,
    primary: key === null ? null : { agentId: key.agentId, epoch: key.epoch, ready: key.ready },
    stampAgeSeconds: stampAge(state),
    runs: state.runs,
    unansweredFacts: state.unansweredFacts,
  };
};

/** The zone's last stamp that reached this agent, and whether it shows a living primary. */
export const stampView = (state: BeaconState): { stamp: number | null; ageSeconds: number | null; healthy: boolean } => {
  const ageSeconds = stampAge(state);
  return { stamp: state.key?.key?.stamp ?? null, ageSeconds, healthy: ageSeconds !== null && ageSeconds < termSeconds };
};

const stampAge = ({ key, centreMs }: BeaconState): number | null => {
  const stamp = key?.key?.stamp ?? null;
  return stamp === null ? null : Math.max(0, Math.round(centreMs / 1000 - stamp));
};
