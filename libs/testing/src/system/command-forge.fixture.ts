import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AgentCommandReply, type Deliver, DeliverReply, ProbeReply, type RunCommand } from '@klevr/contracts/command';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import type { Bus } from '@klevr/messaging/bus';
import { CompactSign, type JWK, importJWK } from 'jose';
import type { KlevrSystem } from '../klevr-system.js';

/**
 * Makes commands as a task-manager does, with its key and its NATS permissions, and puts whatever is asked into them. What agents do with such a command
 * is the last line of defence: by here everything else has failed.
 */
type Claims = Omit<RunCommand, 'verb'>;
type Key = Awaited<ReturnType<typeof importJWK>> | KeyObject;

export class CommandForge {
  private readonly sessions = new Map<string, string>();

  private constructor(
    private readonly bus: Bus,
    private readonly system: KlevrSystem,
    private readonly key: Key,
    private readonly keyId: string,
    readonly zoneId: string,
  ) {}

  /** `bus` has a task-manager's permissions. */
  static async open(bus: Bus, system: KlevrSystem): Promise<CommandForge> {
    const jwk = await taskKeyOf(system);
    const { id } = await system.api.zone(system.zone);
    const forge = new CommandForge(bus, system, await importJWK(jwk, 'EdDSA'), jwk.kid, id);
    await forge.learnSessions();
    return forge;
  }

  /** Agents that said hello as new ones since have other sessions. */
  async learnSessions(): Promise<void> {
    for (const { id, session } of await this.system.api.agents(this.system.zone)) if (session !== null) this.sessions.set(id, session);
  }

  /** A command for a run that exists nowhere else, valid in every part unless `changes` say otherwise. */
  claims(agentId: string, epoch: number, script: string, changes: Partial<Claims> = {}): Claims {
    const nowMs = Date.now();
    return {
      agentId,
      zoneId: this.zoneId,
      session: this.sessions.get(agentId) ?? newId('session'),
      runId: newId('run'),
      attempt: 1,
      epoch,
      issuedAtMs: nowMs,
      notAfterMs: nowMs + 60_000,
      taskId: newId('task'),
      taskName: 'forged',
      steps: [{ name: 'only', run: script, env: {}, retries: 0 }],
      recovery: [],
      parameters: {},
      timeoutSeconds: 30,
      deadlineMs: null,
      ...changes,
    };
  }

  /** As every agent has them. */
  async publicKeys(): Promise<{ keys: Partial<JWK>[] }> {
    const { d: _private, ...shown } = await taskKeyOf(this.system);
    return { keys: [shown] };
  }

  run(claims: Claims, key?: Key, header?: { typ: string }): Promise<string> {
    return this.sign({ verb: 'run', ...claims }, key, header);
  }

  /** Asks whether an epoch counts, without any effect: a cancel whose time is over is refused either way, for one reason or the other. */
  async wouldTake(agentId: string, epoch: number): Promise<boolean> {
    const { session, runId, zoneId } = this.claims(agentId, epoch, '');
    const times = { issuedAtMs: Date.now() - 7_200_000, notAfterMs: Date.now() - 3_600_000 };
    const jws = await this.sign({ verb: 'cancel', agentId, zoneId, session, runId, attempt: 1, epoch, reason: 'none', ...times });
    const { code } = await this.toAgent(agentId, 'cancel', jws);
    if (code === 'EXPIRED') return true;
    if (code === 'STALE_EPOCH') return false;
    throw new Error(`the agent judged by something else: ${code}`);
  }

  toAgent(agentId: string, verb: 'run' | 'cancel', jws: string, timeoutMs = 2_000): Promise<AgentCommandReply> {
    const subject = subjects.agentCommand.build({ zone: this.zoneId, agent: agentId, verb });
    return this.ask(subject, agentId, { jws }, (data) => AgentCommandReply.parse(data), timeoutMs);
  }

  /** Through the primary of this epoch; `primaryId` answers. */
  async deliver(epoch: number, primaryId: string, items: Deliver['items'], timeoutMs = 2_000): Promise<number> {
    const subject = subjects.zoneCommand.build({ zone: this.zoneId, epoch, verb: 'deliver' });
    return (await this.ask(subject, primaryId, { items }, (data) => DeliverReply.parse(data), timeoutMs)).received;
  }

  /** Who serves this epoch. Throws where nobody does. */
  async ping(epoch: number, primaryId: string): Promise<string> {
    const subject = subjects.zoneCommand.build({ zone: this.zoneId, epoch, verb: 'ping' });
    return (await this.ask(subject, primaryId, {}, (data) => ProbeReply.parse(data), 1_000)).agentId;
  }

  async probe(agentId: string, timeoutMs = 2_000): Promise<ProbeReply> {
    const subject = subjects.agentCommand.build({ zone: this.zoneId, agent: agentId, verb: 'probe' });
    return this.ask(subject, agentId, {}, (data) => ProbeReply.parse(data), timeoutMs);
  }

  private async sign(command: object, key: Key = this.key, header?: { typ: string }): Promise<string> {
    const protectedHeader = { alg: 'EdDSA', kid: this.keyId, typ: 'klevr-command', ...header };
    return new CompactSign(Buffer.from(JSON.stringify(command))).setProtectedHeader(protectedHeader).sign(key);
  }

  private async ask<T>(subject: string, agentId: string, body: unknown, read: (data: unknown) => T, timeoutMs: number): Promise<T> {
    const inbox = { to: 'agent' as const, zone: this.zoneId, agent: agentId };
    const answer = (await this.bus.request(subject, 'forged', body, { inbox, timeoutMs })).json() as { ok: boolean; data?: unknown };
    if (!answer.ok) throw new Error(`${subject} answered ${JSON.stringify(answer)}`);
    return read(answer.data);
  }
}

const taskKeyOf = async (system: KlevrSystem): Promise<JWK & { kid: string }> =>
  JSON.parse(await readFile(system.files.taskKey, 'utf8')) as JWK & { kid: string };
