import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { ConsumerContract, Contract, PublishContract, RequestContract, ServiceName } from '@klevr/contracts/contract';
import { AppError, badRequest } from '@klevr/contracts/errors';
import { inboxes, subjects } from '@klevr/contracts/subjects';
import type { Bus, Subscription } from './bus.js';
import { MessageTooLargeError } from './bus-errors.js';
import type { HandlerExtras, HandlerOutcome, MessageContext } from './decorators.js';
import { startConsumer, type RunningConsumer } from './jetstream-consumer.js';
import type { Incoming } from './message.js';

/**
 * Nest's microservice transport over NATS: handlers are ordinary controllers with the decorators beside this file.
 * Promises: boot is refused unless every contract of the service has exactly one handler; messages and replies are validated; a request of an
 * agent is answered only on that agent's own inbox in its own zone, whatever reply subject it named; JetStream messages are acknowledged
 * after the handler, repeated with back-off on a passing fault, and set aside on a hopeless one.
 */
export interface TransportOptions {
  readonly bus: Bus;
  readonly service: ServiceName;
  readonly contracts: readonly Contract[];
  readonly log: { error(message: string, detail?: unknown): void; warn(message: string, detail?: unknown): void };
  /** Told of requests that name a reply subject that is not the asker's own. */
  readonly onViolation?: (violation: { subject: string; reply: string }) => void;
}

export class NatsTransport extends Server implements CustomTransportStrategy {
  private readonly counts = new Map<string, number>();
  private subscriptions: Subscription[] = [];
  private consumers: RunningConsumer[] = [];

  constructor(private readonly options: TransportOptions) {
    super();
  }

  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler = false, extras: Record<string, unknown> = {}): void {
    const name = String(pattern);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    super.addHandler(name, callback, isEventHandler, extras);
  }

  override listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  override async close(): Promise<void> {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    this.subscriptions = [];
    this.consumers = [];
  }

  override on(): never {
    throw new Error('listen to the Bus instead');
  }

  override unwrap<T>(): T {
    return this.options.bus as T;
  }

  private async start(): Promise<void> {
    this.refuseUnlessComplete();
    for (const contract of this.options.contracts) {
      const handler = this.handlerOf(contract);
      if (contract.kind === 'consumer') this.consumers.push(await this.consume(contract, handler));
      else this.subscriptions.push(this.subscribe(contract, handler));
    }
    await this.options.bus.flush();
  }

  private refuseUnlessComplete(): void {
    const known = new Set(this.options.contracts.map((contract) => contract.name));
    const faults = [
      ...this.options.contracts.filter((contract) => !this.counts.has(contract.name)).map((contract) => `${contract.name} has no handler`),
      ...[...this.counts].filter(([, count]) => count > 1).map(([name]) => `${name} has more than one handler`),
      ...[...this.counts.keys()]
        .filter((name) => !known.has(name))
        .map((name) => `${name} is handled but is no contract of ${this.options.service}`),
    ];
    if (faults.length > 0) throw new Error(`the contracts of ${this.options.service} are not all handled once: ${faults.join('; ')}`);
  }

  private handlerOf(contract: Contract): (message: unknown, context: MessageContext) => Promise<HandlerOutcome> {
    const handler = this.getHandlerByPattern(contract.name);
    if (handler === null) throw new Error(`${contract.name} has no handler`);
    const declared = (handler.extras as HandlerExtras | undefined)?.contract;
    if (declared !== contract) throw new Error(`${contract.name} is handled with another contract of the same name`);
    return async (message, context) => {
      const result: unknown = await handler(message, context);
      return (isObservable(result) ? await lastValueFrom(result) : result) as HandlerOutcome;
    };
  }

  private subscribe(
    contract: RequestContract | PublishContract,
    handle: (message: unknown, context: MessageContext) => Promise<HandlerOutcome>,
  ): Subscription {
    const queue = contract.everyReplica ? {} : { queue: this.options.service };
    const onMessage =
      contract.kind === 'publish'
        ? (message: Incoming) => this.hear(contract, message, handle)
        : (message: Incoming) => this.answer(contract, message, handle);
    return this.options.bus.subscribe(contract.subscription, onMessage, queue);
  }

  private async hear(
    contract: PublishContract,
    message: Incoming,
    handle: (m: unknown, c: MessageContext) => Promise<HandlerOutcome>,
  ): Promise<void> {
    const parsed = parse(contract.message, message);
    // A deleted key is republished with an empty body: the handler is told by the header and gets null.
    if (!parsed.ok && message.bytes.length > 0) return this.options.log.warn(`${contract.name} is malformed`, { subject: message.subject });
    const outcome = await handle(parsed.ok ? parsed.data : null, contextOf(message));
    if (!outcome.ok) this.options.log.error(`${contract.name} failed`, outcome.cause);
  }

  private async answer(
    contract: RequestContract,
    message: Incoming,
    handle: (m: unknown, c: MessageContext) => Promise<HandlerOutcome>,
  ): Promise<void> {
    const reply = message.reply;
    if (reply === undefined || !mayAnswer(contract, message.subject, reply)) {
      this.options.onViolation?.({ subject: message.subject, reply: reply ?? '' });
      return;
    }
    const parsed = parse(contract.request, message);
    const outcome: HandlerOutcome = parsed.ok ? await handle(parsed.data, contextOf(message)) : { ok: false, cause: parsed.error };
    this.respond(reply, this.replyOf(contract, outcome));
  }

  private respond(reply: string, body: unknown): void {
    try {
      this.options.bus.respond(reply, body);
    } catch (error) {
      if (!(error instanceof MessageTooLargeError)) throw error;
      const tooLarge = new AppError('TOO_LARGE', 'The answer is too large for one message; ask for less at once', { cause: error });
      this.options.bus.respond(reply, { ok: false, error: tooLarge.toBody() });
    }
  }

  private replyOf(contract: RequestContract, outcome: HandlerOutcome): unknown {
    if (!outcome.ok) return { ok: false, error: this.publicError(contract.name, outcome.cause).toBody() };
    const checked = contract.reply.safeParse(outcome.data);
    if (checked.success) return { ok: true, data: checked.data };
    return { ok: false, error: this.publicError(contract.name, checked.error).toBody() };
  }

  private publicError(name: string, cause: unknown): AppError {
    if (cause instanceof AppError && cause.code !== 'INTERNAL') return cause;
    this.options.log.error(`${name} failed`, cause);
    return new AppError('INTERNAL', 'Something went wrong on our side');
  }

  private consume(
    contract: ConsumerContract,
    handle: (m: unknown, c: MessageContext) => Promise<HandlerOutcome>,
  ): Promise<RunningConsumer> {
    return startConsumer({ bus: this.options.bus, contract, log: this.options.log, handle: (m, message) => handle(m, contextOf(message)) });
  }
}

type Parsed = { ok: true; data: unknown } | { ok: false; error: AppError };

const parse = (schema: RequestContract['request'], message: Incoming): Parsed => {
  try {
    const checked = schema.safeParse(message.json());
    return checked.success ? { ok: true, data: checked.data } : { ok: false, error: badRequest(checked.error) };
  } catch (error) {
    return { ok: false, error: error as AppError };
  }
};

/** An agent's question is answered on its own inbox of its own zone, a service's on a service's inbox, and nothing anywhere else. */
export const mayAnswer = (contract: RequestContract, subject: string, reply: string): boolean => {
  if (contract.kind === 'rpc') return inboxes.service.parse(reply) !== undefined;
  const asker = subjects.ask.parse(subject) ?? subjects.fact.parse(subject) ?? subjects.provision.parse(subject);
  const inbox = inboxes.agentAwaitsCentre.parse(reply);
  return asker !== undefined && inbox !== undefined && inbox.zone === asker.zone && inbox.agent === asker.agent;
};

const contextOf = (message: Incoming): MessageContext => {
  const ids: { zone?: string; agent?: string } =
    subjects.ask.parse(message.subject) ??
    subjects.fact.parse(message.subject) ??
    subjects.provision.parse(message.subject) ??
    subjects.report.parse(message.subject) ??
    subjects.primary.parse(message.subject) ??
    subjects.event.parse(message.subject) ??
    {};
  return { subject: message.subject, zoneId: ids.zone ?? '', agentId: ids.agent ?? '', header: (name) => message.header(name) };
};
