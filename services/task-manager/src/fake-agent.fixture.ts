import type { SignedCommand } from '@klevr/contracts/command';
import type { ReplyOf, RequestInput } from '@klevr/contracts/contract';
import type { FactBatchReply } from '@klevr/contracts/fact';
import { newId } from '@klevr/contracts/ids';
import type { KnownAttempt } from '@klevr/contracts/presence';
import { subjects } from '@klevr/contracts/subjects';
import { factContract, type taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { SealingKeys } from '@klevr/messaging/auth/sealed-box';
import type { Bus, Subscription } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { eventually } from '@klevr/testing/eventually';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';

type Hello = typeof taskManagerRpc.agentHello;
type RunCommand = Extract<SignedCommand, { verb: 'run' }>;

export interface ReceivedCommand {
  readonly command: SignedCommand;
  readonly way: 'primary' | 'straight';
  readonly jws: string;
}

/** An agent that does only what the test says, on an agent's own connection. Unless silent, it takes what it is sent and answers like a real one. */
export class FakeAgent {
  session = newId('session');
  journalId = newId('journal');
  /** Undefined makes it an agent of a version that knew no credentials. */
  sealingKeys: SealingKeys | undefined = SealingKeys.create();
  readonly received: ReceivedCommand[] = [];
  /** Deliveries that came to it as the primary, as they came. */
  readonly deliveries: { agentId: string; verb: string; jws: string }[][] = [];
  onRun: ((command: RunCommand) => void) | undefined;
  private keys: JSONWebKeySet = { keys: [] };
  private readonly seqs = { events: 0, logs: 0 };
  private readonly turns: Record<'events' | 'logs', Promise<unknown>> = { events: Promise.resolve(), logs: Promise.resolve() };
  private leading: Subscription | undefined;
  private verified: Promise<unknown> = Promise.resolve();
  private listening: Subscription[] = [];

  constructor(
    readonly bus: Bus,
    readonly zoneId: string,
    readonly agentId: string,
    private readonly tell: (request: RequestInput<Hello>) => Promise<ReplyOf<Hello>>,
  ) {}

  async listen({ silent = false }: { silent?: boolean } = {}): Promise<void> {
    for (const verb of ['run', 'cancel']) {
      const subject = subjects.agentCommand.build({ zone: this.zoneId, agent: this.agentId, verb });
      const take = async (jws: string, reply: string | undefined): Promise<void> => {
        await this.take(jws, reply === undefined ? 'primary' : 'straight');
        if (reply !== undefined && !silent) this.bus.respond(reply, { outcome: 'accepted' });
      };
      this.listening.push(this.bus.subscribe(subject, (message) => void take((message.json() as { jws: string }).jws, message.reply)));
    }
    await this.bus.flush();
  }

  deafen(): void {
    for (const subscription of this.listening) subscription.unsubscribe();
    this.listening = [];
  }

  /** As the primary: passes each command on to its agent. */
  async lead(epoch: number, options: { silent?: boolean } = {}): Promise<void> {
    this.leading?.unsubscribe();
    const subject = subjects.zoneCommand.build({ zone: this.zoneId, epoch, verb: 'deliver' });
    this.leading = this.bus.subscribe(subject, (message) => {
      const { items } = message.json() as { items: { agentId: string; verb: string; jws: string }[] };
      this.deliveries.push(items);
      if (options.silent === true) return;
      for (const { agentId, verb, jws } of items) {
        this.bus.publish(subjects.agentCommand.build({ zone: this.zoneId, agent: agentId, verb }), 'command', { jws });
      }
      this.bus.respond(message.reply ?? '', { received: items.length });
    });
    await this.bus.flush();
  }

  stopLeading(): void {
    this.leading?.unsubscribe();
  }

  async hello(maxConcurrentRuns = 100, attempts: KnownAttempt[] = [], more: object = {}): Promise<ReplyOf<Hello>> {
    const { agentId, zoneId, session, journalId, sealingKeys } = this;
    const sealingKey = sealingKeys === undefined ? {} : { sealingKey: sealingKeys.publicKey };
    const zone = { zoneId, zoneName: zoneNameOf(zoneId), maxConcurrentRuns };
    const reply = await this.tell({ agentId, ...zone, session, journalId, attempts, ...sealingKey, ...more });
    this.keys = reply.taskKeys as unknown as JSONWebKeySet;
    return reply;
  }

  /** The commands of this run, once there are so many. */
  commands(runId: string, count = 1, withinMs = 10_000): Promise<ReceivedCommand[]> {
    return eventually(`${count} commands of ${runId}`, withinMs, () => {
      const found = this.received.filter(({ command }) => command.runId === runId);
      return found.length >= count ? found : undefined;
    });
  }

  /** Numbers the facts and sends them as one batch, one in flight a lane as agents do. */
  facts(...facts: object[]): Promise<FactBatchReply> {
    return this.inTurn('events', facts);
  }

  logs(...facts: object[]): Promise<FactBatchReply> {
    return this.inTurn(
      'logs',
      facts.map((fact) => ({ kind: 'log', ...fact })),
    );
  }

  private inTurn(lane: 'events' | 'logs', facts: object[]): Promise<FactBatchReply> {
    const numbered = facts.map((fact) => ({ seq: ++this.seqs[lane], atMs: Date.now(), ...fact }));
    const sent = this.turns[lane].then(() => this.batch(lane, numbered));
    this.turns[lane] = sent.catch(() => undefined);
    return sent;
  }

  alive(...attempts: { runId: string; attempt: number }[]): Promise<FactBatchReply> {
    const facts = attempts.map((attempt, index) => ({ kind: 'alive', seq: index + 1, atMs: Date.now(), ...attempt }));
    return this.batch('alive', facts);
  }

  /** As it is, numbers included. */
  batch(lane: 'events' | 'logs' | 'alive', facts: { seq: number }[]): Promise<FactBatchReply> {
    const subject = subjects.fact.build({ zone: this.zoneId, agent: this.agentId });
    return call(this.bus, factContract, { journalId: this.journalId, lane, facts }, { subject, inbox: { to: 'centre' } });
  }

  /** From the acceptance to a good end. */
  succeed(runId: string, attempt = 1): Promise<FactBatchReply> {
    const ids = { runId, attempt };
    return this.facts(
      { kind: 'accepted', ...ids },
      { kind: 'started', ...ids },
      {
        ...ids,
        kind: 'stepFinished',
        phase: 'step',
        index: 0,
        try: 1,
        outcome: 'succeeded',
        exitCode: 0,
        signal: null,
        output: null,
        startedAtMs: Date.now(),
      },
      { ...ids, ...finished('succeeded') },
    );
  }

  /** In the order in which they come, like a real one. */
  private async take(jws: string, way: ReceivedCommand['way']): Promise<void> {
    const before = this.verified;
    const verified = compactVerify(jws, createLocalJWKSet(this.keys));
    this.verified = Promise.allSettled([before, verified]);
    const [{ payload }] = await Promise.all([verified, before]);
    this.note(payload, jws, way);
  }

  private note(payload: Uint8Array, jws: string, way: ReceivedCommand['way']): void {
    const command = JSON.parse(new TextDecoder().decode(payload)) as SignedCommand;
    this.received.push({ command, way, jws });
    if (command.verb === 'run') this.onRun?.(command);
  }
}

export const zoneNameOf = (zoneId: string): string => `z${zoneId.slice(-12).toLowerCase()}`;

export const finished = (status: string, more: object = {}): object => ({
  kind: 'finished',
  status,
  exitCode: 0,
  output: null,
  reason: null,
  ...more,
});
