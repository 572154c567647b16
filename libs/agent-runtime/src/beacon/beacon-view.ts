import type { AppError } from '@klevr/contracts/errors';
import { mayAct, secondary, termSeconds, type RoleState } from '@klevr/election/primary-role';
import type { KeyView } from '../primary/key-watch.js';
import type { Opinion } from '../session/second-opinion.js';
import { agentVersion } from '../version.js';

/** What the beacon tells, from the agent's own state. Pure. */
export type Condition =
  /** The first start: the gateway is asked for an identity. */
  | 'enrolling'
  /** An operator has to approve it. */
  | 'pending'
  /** It has never been connected to NATS in this life. */
  | 'connecting'
  /** Connected and at work. */
  | 'online'
  | 'disconnected'
  /** Another machine runs with its identity: it does nothing. */
  | 'clone'
  /** The centre grants no session, for another reason. */
  | 'refused'
  /** The host said that it is about to sleep. */
  | 'suspending'
  | 'stopping';

export interface BeaconState {
  readonly agentId: string | null;
  readonly zoneId: string | null;
  readonly zoneName: string | null;
  readonly condition: Condition;
  /** Why it is in this condition, where that needs words. */
  readonly detail: string | null;
  /** Null while the centre has not said. */
  readonly drained: boolean | null;
  readonly session: string | null;
  readonly connected: boolean;
  readonly role: RoleState;
  readonly key: KeyView | undefined;
  readonly opinion: Opinion | null;
  readonly runs: readonly object[];
  readonly unansweredFacts: number;
  readonly counts: AgentCounts;
  /** Seconds of the clock that counts sleep. */
  readonly uptimeSeconds: number;
  /** The centre's time. */
  readonly centreMs: number;
}

/** Since the start of the process. */
export interface AgentCounts {
  readonly runsEnded: Readonly<Record<string, number>>;
  readonly reconnects: number;
}

/** Before it was ever connected; `identity` as far as there is one. */
export const earlyState = (
  identity: { readonly agentId: string; readonly zoneId: string; readonly zoneName: string; readonly userJwt: string | null } | undefined,
  times: Pick<BeaconState, 'uptimeSeconds' | 'centreMs'>,
): BeaconState => ({
  ...{ agentId: identity?.agentId ?? null, zoneId: identity?.zoneId ?? null, zoneName: identity?.zoneName ?? null },
  condition: identity === undefined ? 'enrolling' : identity.userJwt === null ? 'pending' : 'connecting',
  ...{ detail: null, drained: null, session: null, connected: false, role: secondary, key: undefined, opinion: null },
  ...{ runs: [], unansweredFacts: 0, counts: { runsEnded: {}, reconnects: 0 } },
  ...times,
});

export interface ConditionSigns {
  readonly connected: boolean;
  readonly refused: AppError | undefined;
  readonly suspending: boolean;
  readonly stopping: boolean;
}

/** Of an agent that has been connected; what it does itself comes before what others do to it. */
export const conditionOf = ({ connected, refused, suspending, stopping }: ConditionSigns): Pick<BeaconState, 'condition' | 'detail'> => {
  if (stopping) return { condition: 'stopping', detail: null };
  if (suspending) return { condition: 'suspending', detail: null };
  if (!connected) return { condition: 'disconnected', detail: null };
  if (refused === undefined) return { condition: 'online', detail: null };
  return { condition: refused.code === 'CLONE_REFUSED' ? 'clone' : 'refused', detail: refused.message };
};

export const statusView = (state: BeaconState): object => {
  const { key } = state.key ?? { key: null };
  return {
    agentId: state.agentId,
    zoneId: state.zoneId,
    zoneName: state.zoneName,
    version: agentVersion,
    state: state.condition,
    detail: state.detail,
    drained: state.drained,
    session: state.session,
    connected: state.connected,
    role: isPrimary(state) ? 'primary' : 'secondary',
    epoch: state.role.role === 'secondary' ? null : state.role.epoch,
    primary: key === null ? null : { agentId: key.agentId, epoch: key.epoch, ready: key.ready },
    stampAgeSeconds: stampAge(state),
    secondOpinion: state.opinion,
    runs: state.runs,
    unansweredFacts: state.unansweredFacts,
  };
};

export const isPrimary = ({ role, uptimeSeconds }: Pick<BeaconState, 'role' | 'uptimeSeconds'>): boolean =>
  role.role === 'primary' && mayAct(role, uptimeSeconds);

/** The zone's last stamp that reached this agent, and whether it shows a living primary. */
export const stampView = (state: BeaconState): StampView => {
  const ageSeconds = stampAge(state);
  const healthy = ageSeconds !== null && ageSeconds < termSeconds;
  return { agentId: state.agentId, stamp: state.key?.key?.stamp ?? null, ageSeconds, healthy };
};

export interface StampView {
  readonly agentId: string | null;
  readonly stamp: number | null;
  readonly ageSeconds: number | null;
  readonly healthy: boolean;
}

const stampAge = ({ key, centreMs }: BeaconState): number | null => {
  const stamp = key?.key?.stamp ?? null;
  return stamp === null ? null : Math.max(0, Math.round(centreMs / 1000 - stamp));
};
