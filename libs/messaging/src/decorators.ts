import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type {
  ConsumerContract,
  Contract,
  MessageOf,
  PublishContract,
  ReplyOf,
  RequestContract,
  RequestOf,
} from '@klevr/contracts/contract';

/** What a handler gets beside the message: whose subject it came on. */
export interface MessageContext {
  readonly subject: string;
  /** Zone and agent of the subject (checked by the server's permissions), where it has them. */
  readonly zoneId: string;
  readonly agentId: string;
  readonly header: (name: string) => string | undefined;
}

/** Any method that can be called with the message and the context, also one that takes less. */
type HandlerDecorator<Message, Reply> = <F extends (message: Message, context: MessageContext) => Promise<Reply>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
) => void;

/** What a handler came to, as the transport gets it: Nest's own exception layer never sees an error and so never hides its code. */
export type HandlerOutcome = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly cause: unknown };

const mark = <F>(pattern: unknown, target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<F>): void => {
  const method = descriptor.value as unknown as (this: unknown, message: unknown, context: MessageContext) => Promise<unknown>;
  const guarded = async function (this: unknown, message: unknown, context: MessageContext): Promise<HandlerOutcome> {
    try {
      return { ok: true, data: await method.call(this, message, context) };
    } catch (cause) {
      return { ok: false, cause };
    }
  };
  descriptor.value = guarded as unknown as F;
  (pattern as MethodDecorator)(target, key, descriptor as PropertyDescriptor);
  Payload()(target, key, 0);
  Ctx()(target, key, 1);
};

/** Handles a request: what the method returns is the reply, what it throws is the error. */
export const HandleRequest =
  <C extends RequestContract>(contract: C): HandlerDecorator<RequestOf<C>, ReplyOf<C>> =>
  (target, key, descriptor) =>
    mark(MessagePattern(contract.name, { contract } satisfies HandlerExtras), target, key, descriptor);

/** Hears a published message, each replica by itself. */
export const HandlePublished =
  <C extends PublishContract>(contract: C): HandlerDecorator<MessageOf<C>, void> =>
  (target, key, descriptor) =>
    mark(EventPattern(contract.name, { contract } satisfies HandlerExtras), target, key, descriptor);

/** Consumes a JetStream message; it is acknowledged when the method's promise resolves. */
export const HandleEvent =
  <C extends ConsumerContract>(contract: C): HandlerDecorator<MessageOf<C>, void> =>
  (target, key, descriptor) =>
    mark(EventPattern(contract.name, { contract } satisfies HandlerExtras), target, key, descriptor);

export interface HandlerExtras {
  readonly contract: Contract;
}
