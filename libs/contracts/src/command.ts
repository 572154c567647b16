import { z } from 'zod';
import { EnvironmentName } from './credential.js';
import { AgentId, RunId, SessionId, TaskId, ZoneId } from './ids.js';
import { Step } from './step.js';
import { reasonCodes } from './task.js';

/**
 * What the task-manager signs (compact JWS, EdDSA, `typ: klevr-command`) and the agent verifies before it journals anything.
 * Times are unix milliseconds of the centre's clock.
 */
const claims = {
  agentId: AgentId,
  zoneId: ZoneId,
  session: SessionId,
  runId: RunId,
  attempt: z.number().int().min(1),
  epoch: z.number().int().min(0),
  issuedAtMs: z.number().int(),
  notAfterMs: z.number().int(),
};

/**
 * A secret that only the agent with the private half of its sealing key can open. `sealed` is the base64 of the sender's public curve key (56 characters, X…),
 * made for the occasion, followed by nkeys' own format for the value: `xkv1`, the nonce (24 bytes), the encrypted UTF-8 text. Who sealed it is told by the
 * signature of the command.
 */
export const SealedCredential = z.object({
  name: z.string(),
  as: z.enum(['environment', 'file']),
  variable: EnvironmentName,
  sealed: z.base64(),
});
export type SealedCredential = z.infer<typeof SealedCredential>;

export const RunCommand = z.object({
  verb: z.literal('run'),
  ...claims,
  taskId: TaskId,
  taskName: z.string(),
  steps: z.array(Step).min(1),
  recovery: z.array(Step),
  parameters: z.record(z.string(), z.unknown()),
  /** Null: no limit. */
  timeoutSeconds: z.number().positive().nullable(),
  deadlineMs: z.number().int().nullable(),
  /** How long a process group may take after SIGTERM; the agent's own default if not given. */
  killGraceSeconds: z.number().min(0).optional(),
  maxLogBytes: z.number().int().optional(),
  /** What the first step gets as TASK_RESULT and KLEVR_PREVIOUS: the result of the task or attempt before. */
  previous: z.string().max(65_536).optional(),
  /** The steps before this one are done; it is the first to run. */
  firstStep: z.number().int().min(0).optional(),
  /**
   * The steps are not run: an earlier attempt was lost in this one, with the process of its agent. Only the recovery runs, and the run ends `failed` or
   * `recovery_failed` for this reason.
   */
  recover: z
    .object({ failedStep: z.number().int().min(0), reason: z.object({ code: z.enum(reasonCodes), message: z.string() }) })
    .optional(),
  credentials: z.array(SealedCredential).optional(),
  /**
   * Another agent may take over: this one ends the attempt by itself once it has had no answer on the lane `alive` for so long, on a clock that counts sleep and
   * from the sending of the last answered one (of the command's acceptance, before the first).
   */
  aloneSeconds: z.number().positive().optional(),
});
export type RunCommand = z.infer<typeof RunCommand>;

export const CancelCommand = z.object({ verb: z.literal('cancel'), ...claims, reason: z.string() });
export type CancelCommand = z.infer<typeof CancelCommand>;

export const SignedCommand = z.discriminatedUnion('verb', [RunCommand, CancelCommand]);
export type SignedCommand = z.infer<typeof SignedCommand>;

/** `klevr.v1.agent.<zone>.<agent>.{run,cancel}`; the answer tells what the agent did with it. */
export const AgentCommand = z.object({ jws: z.string().min(1) });
export type AgentCommand = z.infer<typeof AgentCommand>;
export const AgentCommandReply = z.object({
  outcome: z.enum(['accepted', 'duplicate', 'refused']),
  code: z.string().optional(),
  detail: z.string().optional(),
});
export type AgentCommandReply = z.infer<typeof AgentCommandReply>;

/** `klevr.v1.zone.<zone>.<epoch>.deliver`: many signed commands for agents of the zone; "received" promises an immediate passing on, no more. */
export const Deliver = z.object({
  items: z
    .array(z.object({ agentId: AgentId, verb: z.enum(['run', 'cancel']), jws: z.string() }))
    .min(1)
    .max(500),
});
export type Deliver = z.infer<typeof Deliver>;
export const DeliverReply = z.object({ received: z.number().int() });
export type DeliverReply = z.infer<typeof DeliverReply>;

/** `klevr.v1.zone.<zone>.<epoch>.ping` and `klevr.v1.agent.<zone>.<agent>.probe`. */
/** With a session, only the process of that session answers: a clone of it stays silent. */
export const Probe = z.object({ session: z.string().optional() });
export const ProbeReply = z.object({ agentId: AgentId, session: z.string().nullable(), epoch: z.number().int().nullable() });
export type ProbeReply = z.infer<typeof ProbeReply>;
