import {
  AckPolicy,
  DeliverPolicy,
  RetentionPolicy,
  StorageType,
  jetstreamManager,
  JetStreamApiCodes,
  JetStreamApiError,
} from '@nats-io/jetstream';
import type { ConsumerContract } from '@klevr/contracts/contract';
import type { StreamPlan } from '@klevr/contracts/streams';
import type { Bus } from './bus.js';
import { untilAnswered } from './until-answered.js';

/**
 * Makes the streams and durable consumers that a service needs, or brings existing ones to the wanted limits. Idempotent; replicas may run it
 * at once. Every stream has a limit on age, bytes and message size.
 */
const nanos = (seconds: number): number => seconds * 1_000_000_000;

export const ensureStreams = async (bus: Bus, plans: readonly StreamPlan[], replicas = 1): Promise<void> => {
  const manager = await jetstreamManager(bus.connection, { checkAPI: false });
  for (const plan of plans) {
    const config = {
      name: plan.name,
      subjects: [...plan.subjects],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      num_replicas: replicas,
      max_age: nanos(plan.maxAgeSeconds),
      max_bytes: plan.maxBytes,
      max_msg_size: plan.maxMessageBytes,
      duplicate_window: nanos(plan.duplicateWindowSeconds),
      allow_direct: true,
    };
    await updateOrCreate(
      () => untilAnswered(() => manager.streams.update(plan.name, config)),
      () => untilAnswered(() => manager.streams.add(config)),
    );
  }
};

export const ensureConsumers = async (bus: Bus, contracts: readonly ConsumerContract[]): Promise<void> => {
  const manager = await jetstreamManager(bus.connection, { checkAPI: false });
  for (const contract of contracts) {
    const config = {
      durable_name: contract.durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      filter_subject: contract.subscription,
      ack_wait: nanos(30),
      max_ack_pending: 1024,
      max_deliver: -1,
    };
    await untilAnswered(() => manager.consumers.add(contract.stream, config));
  }
};

const streamNameInUse = 10058;

/** The update comes first: creating a stream that is there already fails where the server has no room for another of its size. */
const updateOrCreate = async (update: () => Promise<unknown>, create: () => Promise<unknown>): Promise<void> => {
  try {
    await update();
  } catch (error) {
    if (!hasCode(error, JetStreamApiCodes.StreamNotFound)) throw error;
    await create().catch(async (reason: unknown) => {
      if (!hasCode(reason, streamNameInUse)) throw reason;
      await update();
    });
  }
};

const hasCode = (error: unknown, code: number): boolean => error instanceof JetStreamApiError && error.code === code;
