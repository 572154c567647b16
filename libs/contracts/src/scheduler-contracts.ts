import { z } from 'zod';
import { ZoneScope } from './access.js';
import { Agent, AgentCredentials, AgentKind, AgentStatus, AskCredentials, Enroll, Enrolled, UpdateAgent } from './agent.js';
import { Actor, Idempotency, PageQuery, ask, page, published, rpc } from './contract.js';
import { Event } from './event.js';
import { AgentId, IncidentId, JoinTokenId, ScheduleId, ZoneId } from './ids.js';
import { Done, FactsUpdate, Goodbye, Hello, HelloReply, PrimaryKey, Ready, Renew, RenewReply, Report, StandingReply } from './presence.js';
import { CreateSchedule, Fire, Schedule, UpdateSchedule } from './schedule.js';
import { subjects } from './subjects.js';
import { PreviewTarget, Selector, Target, TargetPreview } from './target.js';
import {
  CreateJoinToken,
  CreateZone,
  CreatedJoinToken,
  Incident,
  JoinToken,
  PrimaryInfo,
  Term,
  UpdateZone,
  Zone,
  ZoneRef,
} from './zone.js';

const by = { actor: Actor, idempotency: Idempotency.optional() };
/** The revision that the caller has seen; PRECONDITION_FAILED where it is another now. */
const ifRevision = z.number().int().optional();

/** A scheduler to all that keep answers about zones and hosts in memory. */
export const hostsChangedSubject = subjects.changed.build({ service: 'scheduler', what: 'hosts' });

export const schedulerRpc = {
  createZone: rpc('scheduler', 'createZone', z.object({ ...by, zone: CreateZone }), Zone),
  listZones: rpc('scheduler', 'listZones', PageQuery.extend({ scope: ZoneScope }), page(Zone)),
  getZone: rpc('scheduler', 'getZone', z.object({ zone: ZoneRef }), Zone),
  updateZone: rpc('scheduler', 'updateZone', z.object({ actor: Actor, zone: ZoneRef, changes: UpdateZone, ifRevision }), Zone),
  /** WRONG_STATE where it has agents or open tasks, unless forced: then tasks are canceled, agents told, their credentials ended. */
  deleteZone: rpc('scheduler', 'deleteZone', z.object({ actor: Actor, zone: ZoneRef, force: z.boolean(), ifRevision }), Done),
  createJoinToken: rpc('scheduler', 'createJoinToken', z.object({ ...by, zone: ZoneRef, joinToken: CreateJoinToken }), CreatedJoinToken),
  listJoinTokens: rpc('scheduler', 'listJoinTokens', PageQuery.extend({ zone: ZoneRef }), page(JoinToken)),
  revokeJoinToken: rpc('scheduler', 'revokeJoinToken', z.object({ actor: Actor, zone: ZoneRef, id: JoinTokenId }), Done),
  /** Everything of the answer to `POST /enroll` except the task keys, which the task-manager owns. */
  enroll: rpc('scheduler', 'enroll', z.object({ enroll: Enroll, address: z.string().optional() }), Enrolled.omit({ taskKeys: true })),
  listAgents: rpc(
    'scheduler',
    'listAgents',
    PageQuery.extend({
      zone: ZoneRef.optional(),
      scope: ZoneScope,
      kind: AgentKind.optional().describe('`agent` if not given'),
      status: AgentStatus.optional(),
      label: Selector.optional(),
    }),
    page(Agent),
  ),
  getAgent: rpc('scheduler', 'getAgent', z.object({ id: AgentId }), Agent),
  updateAgent: rpc('scheduler', 'updateAgent', z.object({ actor: Actor, id: AgentId, changes: UpdateAgent, ifRevision }), Agent),
  approveAgent: rpc('scheduler', 'approveAgent', z.object({ ...by, id: AgentId }), Agent),
  drainAgent: rpc('scheduler', 'drainAgent', z.object({ ...by, id: AgentId }), Agent),
  undrainAgent: rpc('scheduler', 'undrainAgent', z.object({ ...by, id: AgentId }), Agent),
  /** Answered after the NATS servers have the revocation. */
  deleteAgent: rpc('scheduler', 'deleteAgent', z.object({ actor: Actor, id: AgentId, ifRevision }), Done),
  /** NOT_APPROVED, AGENT_REMOVED, or UNAUTHENTICATED where the signature is not that of the agent's key. Does not wait. */
  agentCredentials: rpc(
    'scheduler',
    'agentCredentials',
    z.object({ id: AgentId, ask: AskCredentials.omit({ waitSeconds: true }) }),
    AgentCredentials,
  ),
  listIncidents: rpc(
    'scheduler',
    'listIncidents',
    PageQuery.extend({ zone: ZoneRef.optional(), scope: ZoneScope, open: z.boolean().optional() }),
    page(Incident),
  ),
  getIncident: rpc('scheduler', 'getIncident', z.object({ id: IncidentId }), Incident),
  closeIncident: rpc('scheduler', 'closeIncident', z.object({ ...by, id: IncidentId }), Incident),
  getPrimary: rpc('scheduler', 'getPrimary', z.object({ zone: ZoneRef }), PrimaryInfo.nullable()),
  listTerms: rpc('scheduler', 'listTerms', PageQuery.extend({ zone: ZoneRef }), page(Term)),
  handOver: rpc('scheduler', 'handOver', z.object({ ...by, zone: ZoneRef, agentId: AgentId.optional() }), PrimaryInfo),
  /**
   * Who a target means now. `any` gives one agent (online before suspect, least loaded), `primary` the current one, `all` every agent of the
   * zone that is not `left` or `pending`. An empty list means that nobody matches. `any` never gives a drained one; the others tell who is.
   * `avoid`: agents that have no room now; `any` gives one of them only where no other that is in the same state would do.
   */
  resolveTarget: rpc(
    'scheduler',
    'resolveTarget',
    z.object({ zone: ZoneRef, target: Target, avoid: z.array(AgentId).max(10_000).optional() }),
    z.object({
      zoneId: ZoneId,
      zoneName: z.string(),
      maxConcurrentRuns: z.number().int(),
      maxConcurrentRunsPerAgent: z.number().int().optional(),
      /** Of the zone whose settings these are: an older one does not undo a newer. */
      zoneRevision: z.number().int().optional(),
      agents: z.array(z.object({ agentId: AgentId, status: AgentStatus, since: z.string(), drained: z.boolean().optional() })),
    }),
  ),
  previewTarget: rpc('scheduler', 'previewTarget', PreviewTarget, TargetPreview),
  /** How hosts fare that a task has touched: their status, and the load a processor that they told last. Unknown ones are left out. */
  hostHealth: rpc(
    'scheduler',
    'hostHealth',
    z.object({ zoneId: ZoneId, agentIds: z.array(AgentId).max(10_000) }),
    z.object({ hosts: z.array(z.object({ agentId: AgentId, status: AgentStatus, cpuLoad: z.number().nullable() })) }),
  ),
  createSchedule: rpc('scheduler', 'createSchedule', z.object({ ...by, schedule: CreateSchedule }), Schedule),
  listSchedules: rpc(
    'scheduler',
    'listSchedules',
    PageQuery.extend({ zone: ZoneRef.optional(), scope: ZoneScope, status: Schedule.shape.status.optional() }),
    page(Schedule),
  ),
  getSchedule: rpc('scheduler', 'getSchedule', z.object({ id: ScheduleId }), Schedule),
  updateSchedule: rpc(
    'scheduler',
    'updateSchedule',
    z.object({ actor: Actor, id: ScheduleId, changes: UpdateSchedule, ifRevision }),
    Schedule,
  ),
  /** Its tasks stay; its ledger goes. */
  deleteSchedule: rpc('scheduler', 'deleteSchedule', z.object({ actor: Actor, id: ScheduleId, ifRevision }), Done),
  pauseSchedule: rpc('scheduler', 'pauseSchedule', z.object({ ...by, id: ScheduleId }), Schedule),
  /** What was due meanwhile counts as missed. */
  resumeSchedule: rpc('scheduler', 'resumeSchedule', z.object({ ...by, id: ScheduleId }), Schedule),
  /** Makes a task now, besides the due times; also of a paused one. */
  triggerSchedule: rpc('scheduler', 'triggerSchedule', z.object({ ...by, id: ScheduleId }), Fire),
  listFires: rpc('scheduler', 'listFires', PageQuery.extend({ id: ScheduleId, state: Fire.shape.state.optional() }), page(Fire)),
} as const;

export const schedulerAsks = {
  hello: ask('hello', Hello, HelloReply),
  ready: ask('ready', Ready, StandingReply),
  stamp: ask('stamp', Ready, StandingReply),
  facts: ask('facts', FactsUpdate, Done),
  renew: ask('renew', Renew, RenewReply),
  goodbye: ask('goodbye', Goodbye, Done),
} as const;

/** Heard by every replica, so that each of them can settle any zone; the hearing of an ask changes memory only, its answer is the queue group's. */
export const schedulerHears = {
  report: published('report', 'scheduler', subjects.report.wildcard(), Report),
  primary: published('primary', 'scheduler', subjects.primary.wildcard(), PrimaryKey),
  helloHeard: published('ask.hello heard', 'scheduler', subjects.ask.wildcard({ verb: 'hello' }), Hello),
  readyHeard: published('ask.ready heard', 'scheduler', subjects.ask.wildcard({ verb: 'ready' }), Ready),
  stampHeard: published('ask.stamp heard', 'scheduler', subjects.ask.wildcard({ verb: 'stamp' }), Ready),
  /** Its own events, so that what an operator changed through one replica is known to all of them at once. */
  hostEventHeard: published('event.host heard', 'scheduler', subjects.event.wildcard({ topic: 'host' }), Event),
  /** Due times that another replica has changed. */
  scheduleEventHeard: published('event.schedule heard', 'scheduler', subjects.event.wildcard({ topic: 'schedule' }), Event),
  goodbyeHeard: published('ask.goodbye heard', 'scheduler', subjects.ask.wildcard({ verb: 'goodbye' }), Goodbye),
} as const;
