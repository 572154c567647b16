import { z } from 'zod';
import { AgentId, CallbackId, DeliveryId, TaskId, Timestamp, WebhookId, ZoneId } from './ids.js';
import { ZoneRef } from './zone.js';

/**
 * What of a task's life is told to a callback or webhook.
 * `all`: its beginning, every step that ends, every run that ends, its end. `conclusion`: its end. `both-ends`: its beginning (the first run that starts) and its end.
 * `success`, `failure`: its end, if it is that. `changed-result`: its end, where its result (status and outputs) differs from that of the task of the same name in the
 * zone that ended before it, or there was none. `each-step`: every step that ends.
 */
export const callbackFilters = ['all', 'conclusion', 'both-ends', 'success', 'failure', 'changed-result', 'each-step'] as const;
export const CallbackFilter = z.enum(callbackFilters);
export type CallbackFilter = z.infer<typeof CallbackFilter>;

/**
 * The types of messages about a task; an event has its own type. The body is `{ type, timestamp, data: { task, runs } }`, told as things were at `timestamp`:
 * `task.finished` has all runs (the first 1,000), the others the one run that they are about. `task.step` has the try of a step that ended as `data.step`
 * besides, `task.run` the run as `data.run`. An event's body has `data: { event }`. Where a body would have more than 2 MiB, outputs (and what the task
 * consists of) are left out, and `data.shortened` is true.
 */
export const callbackTypes = ['task.started', 'task.step', 'task.run', 'task.finished'] as const;
export type CallbackType = (typeof callbackTypes)[number];

const CallbackUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2048);
const CallbackSecret = z.string().regex(/^whsec_[A-Za-z0-9+/]{32,128}={0,2}$/, 'must be whsec_ and 24 to 96 bytes in base64');

export const Callback = z
  .strictObject({
    url: CallbackUrl,
    on: z.array(CallbackFilter).min(1).max(callbackFilters.length).default(['conclusion']),
    secret: CallbackSecret.optional(),
  })
  .meta({ id: 'Callback' });
export type Callback = z.infer<typeof Callback>;

const EventPattern = z
  .string()
  .regex(
    /^([a-z]+\.([A-Za-z]+|\*)|\*)$/,
    'must be the type of an event, such as `host.lost`, or a group of them, such as `host.*`, or `*`',
  );

const webhookFields = {
  url: CallbackUrl,
  zone: ZoneRef.nullable().describe('only what happens in this zone; null means all zones'),
  on: z.array(CallbackFilter).max(callbackFilters.length).describe('what of every task is told, as with the callbacks of a task'),
  events: z.array(EventPattern).max(64).describe('which events are told, as `GET /events` has them'),
  description: z.string().max(500),
};

/** For readers of the JSON Schema: what the refinement below says. */
const oneToBeTold = ['on', 'events'].map((name) => ({ properties: { [name]: { minItems: 1 } }, required: [name] }));

export const CreateWebhook = z
  .strictObject({
    ...webhookFields,
    zone: webhookFields.zone.default(null),
    on: webhookFields.on.default([]),
    events: webhookFields.events.default([]),
    description: webhookFields.description.default(''),
    secret: CallbackSecret.optional(),
  })
  .refine(({ on, events }) => on.length + events.length > 0, {
    path: ['events'],
    error: 'either `on` or `events` must name something to be told',
  })
  .meta({ id: 'CreateWebhook', anyOf: oneToBeTold });
export type CreateWebhook = z.infer<typeof CreateWebhook>;

/** `PATCH /webhooks/{id}`: what is not given stays. */
export const UpdateWebhook = z
  .strictObject({
    url: CallbackUrl.optional(),
    on: webhookFields.on.optional(),
    events: webhookFields.events.optional(),
    description: webhookFields.description.optional(),
    enabled: z.boolean().optional().describe('one that is not enabled hears nothing, and gets nothing of it later'),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateWebhook', minProperties: 1 });
export type UpdateWebhook = z.infer<typeof UpdateWebhook>;

export const Webhook = z
  .object({
    id: WebhookId,
    url: z.string(),
    zoneId: ZoneId.nullable(),
    on: z.array(CallbackFilter),
    events: z.array(z.string()),
    description: z.string(),
    enabled: z.boolean(),
    secret: z.string().optional().describe('only in the answer that made it, where it was not given'),
    revision: z.number().int(),
    createdBy: z.string(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof Webhook>;

/** One message to a callback or webhook, with all tries to bring it. */
export const Delivery = z
  .object({
    id: DeliveryId.describe('also its webhook-id, which stays the same over all tries'),
    callbackId: CallbackId.nullable(),
    webhookId: WebhookId.nullable(),
    taskId: TaskId.nullable(),
    agentId: AgentId.nullable(),
    url: z.string(),
    type: z.string().describe('`type` of the body'),
    state: z.enum(['due', 'delivered', 'failed']),
    attempts: z.number().int(),
    nextAt: Timestamp.nullable().describe('of the next try; null where there is none, or one before it in the same order must end first'),
    tries: z
      .array(z.object({ at: Timestamp, status: z.number().int().nullable(), error: z.string().nullable(), durationMs: z.number() }))
      .describe('the last 20'),
    createdAt: Timestamp,
    endedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof Delivery>;
