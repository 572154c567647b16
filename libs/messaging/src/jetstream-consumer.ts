import { jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { ConsumerContract } from '@klevr/contracts/contract';
import { AppError, errorCodes } from '@klevr/contracts/errors';
import { messageHeaders } from '@klevr/contracts/contract';
import type { Bus } from './bus.js';
import type { HandlerOutcome } from './decorators.js';
import { incoming, type Incoming } from './message.js';
import { withTrace } from './trace.js';

/**
 * A durable consumer with one rule for acknowledgements: handled → ack; a passing fault → nak with back-off (0.1 s doubling to 30 s); hopeless
 * (wrong schema, an error that no repetition mends, 20 deliveries) → term, and said in the log. Messages are handled one after the other, in order.
 */
export interface ConsumerOptions {
  readonly bus: Bus;
  readonly contract: ConsumerContract;
  readonly log: { error(message: string, detail?: unknown): void };
  handle(message: unknown, raw: Incoming): Promise<HandlerOutcome>;
}

export interface RunningConsumer {
  stop(): Promise<void>;
}

const maxDeliveries = 20;
const backoffMs = (deliveries: number): number => Math.min(30_000, 100 * 2 ** Math.max(0, deliveries - 1));

export const startConsumer = async (options: ConsumerOptions): Promise<RunningConsumer> => {
  const consumer = await jetstream(options.bus.connection).consumers.get(options.contract.stream, options.contract.durable);
  const messages: ConsumerMessages = await consumer.consume({ max_messages: 256 });
  const loop = (async () => {
    for await (const message of messages) {
      await withTrace(message.headers?.get(messageHeaders.traceparent), () => handleOne(options, message));
    }
  })();
  return {
    stop: async () => {
      await messages.close();
      await loop;
    },
  };
};

const handleOne = async (options: ConsumerOptions, message: JsMsg): Promise<void> => {
  const raw = incoming({ subject: message.subject, data: message.data, ...(message.headers ? { headers: message.headers } : {}) });
  const hopeless = (why: string, detail: unknown): void => {
    options.log.error(`${options.contract.name}: message ${message.seq} set aside: ${why}`, detail);
    message.term(why);
  };
  let body: unknown;
  try {
    body = options.contract.message.parse(raw.json());
  } catch (error) {
    return hopeless('it does not match its schema', error);
  }
  const outcome = await options.handle(body, raw);
  if (outcome.ok) return message.ack();
  const { cause } = outcome;
  if (cause instanceof AppError && cause.code !== 'INTERNAL' && !errorCodes[cause.code].retryable) return hopeless(cause.message, cause);
  if (message.info.deliveryCount >= maxDeliveries) return hopeless(`${maxDeliveries} deliveries failed`, cause);
  message.nak(backoffMs(message.info.deliveryCount));
};
