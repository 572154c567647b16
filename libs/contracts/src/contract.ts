import { z } from 'zod';
import { ErrorBody } from './errors.js';
import { subjects } from './subjects.js';

/**
 * A contract is a named message with its schemas, used by the sender and by the handler. `name` is also the Nest pattern.
 * Changes are additive only; `version` is for what cannot be.
 */
export const serviceNames = ['gateway', 'scheduler', 'task-manager', 'provisioner', 'agent'] as const;
export type ServiceName = (typeof serviceNames)[number];

interface ContractBase {
  readonly name: string;
  readonly version: number;
  /** The service that must handle it; its boot is refused without exactly one handler. */
  readonly handledBy: ServiceName;
  /** What a handler subscribes to. */
  readonly subscription: string;
  /** Every replica hears it (true), or one of the queue group does (false). */
  readonly everyReplica: boolean;
}

export interface RequestContract<Req extends z.ZodType = z.ZodType, Rep extends z.ZodType = z.ZodType> extends ContractBase {
  readonly kind: 'rpc' | 'ask' | 'fact' | 'provision';
  readonly request: Req;
  readonly reply: Rep;
}

export interface PublishContract<Msg extends z.ZodType = z.ZodType> extends ContractBase {
  readonly kind: 'publish';
  readonly message: Msg;
}

/** A durable JetStream consumer: acknowledged by the messaging library after the handler returns. */
export interface ConsumerContract<Msg extends z.ZodType = z.ZodType> extends ContractBase {
  readonly kind: 'consumer';
  readonly stream: string;
  readonly durable: string;
  readonly message: Msg;
}

export type Contract = RequestContract | PublishContract | ConsumerContract;

export type RequestOf<C> = C extends RequestContract<infer Req> ? z.output<Req> : never;
export type RequestInput<C> = C extends RequestContract<infer Req> ? z.input<Req> : never;
export type ReplyOf<C> = C extends RequestContract<z.ZodType, infer Rep> ? z.output<Rep> : never;
export type MessageOf<C> =
  C extends PublishContract<infer Msg> ? z.output<Msg> : C extends ConsumerContract<infer Msg> ? z.output<Msg> : never;

export const rpc = <Req extends z.ZodType, Rep extends z.ZodType>(
  service: Exclude<ServiceName, 'agent'>,
  verb: string,
  request: Req,
  reply: Rep,
): RequestContract<Req, Rep> & { readonly kind: 'rpc' } => ({
  kind: 'rpc',
  name: `rpc.${service}.${verb}`,
  version: 1,
  handledBy: service,
  subscription: subjects.rpc.build({ service, verb }),
  everyReplica: false,
  request,
  reply,
});

export const ask = <Req extends z.ZodType, Rep extends z.ZodType>(
  verb: string,
  request: Req,
  reply: Rep,
): RequestContract<Req, Rep> & { readonly kind: 'ask' } => ({
  kind: 'ask',
  name: `ask.${verb}`,
  version: 1,
  handledBy: 'scheduler',
  subscription: subjects.ask.wildcard({ verb }),
  everyReplica: false,
  request,
  reply,
});

export const published = <Msg extends z.ZodType>(
  name: string,
  handledBy: ServiceName,
  subscription: string,
  message: Msg,
): PublishContract<Msg> => ({ kind: 'publish', name, version: 1, handledBy, subscription, everyReplica: true, message });

/** How every answer looks on the wire. */
export const replyEnvelope = <T extends z.ZodType>(data: T) =>
  z.discriminatedUnion('ok', [z.object({ ok: z.literal(true), data }), z.object({ ok: z.literal(false), error: ErrorBody })]);

/** Header names that the messaging library sets and reads. */
export const messageHeaders = {
  id: 'klevr-id',
  time: 'klevr-time',
  schema: 'klevr-schema',
  traceparent: 'traceparent',
} as const;

export const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('`cursor` of the next page; null where this is the last one'),
  });

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('items a page'),
  cursor: z
    .string()
    .max(256)
    .regex(/^[\x20-\x7e]*$/, 'must be `nextCursor` of a page')
    .optional()
    .describe('`nextCursor` of the page before; the order stays, whatever is made or removed meanwhile'),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** Who asks, as the gateway knows it; rides on every call that changes something. */
export const Actor = z.object({ userId: z.string(), username: z.string(), address: z.string().optional() });
export type Actor = z.infer<typeof Actor>;

/** Makes a repeated POST answer as the first did: the owner of the data stores it in the same transaction. */
export const Idempotency = z.object({ key: z.string().min(1).max(255), scope: z.string(), digest: z.string() });
export type Idempotency = z.infer<typeof Idempotency>;
