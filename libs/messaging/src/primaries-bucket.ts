import { JetStreamApiCodes, JetStreamApiError, StorageType, DiscardPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { PrimaryKey, republishHeaders } from '@klevr/contracts/presence';
import { primariesBucketPlan } from '@klevr/contracts/streams';
import { primaryKeySubject } from '@klevr/contracts/subjects';
import { streamDeleted } from './auth/jetstream-api-subjects.js';
import type { Bus, Subscription } from './bus.js';

/**
 * The KV bucket `primaries`: one key a zone, whose revision is the epoch.
 * Promises: a write lands only on the revision that the caller saw; every outcome is told apart: written, conflict, bucket missing, unknown.
 * "Unknown" (no quorum, time-out, connection) means that the write may or may not have landed: read again.
 * It stays an ordinary NATS KV bucket: file storage, history 1, republished to the zone's own subject.
 */
export type WriteOutcome =
  | { readonly outcome: 'written'; readonly revision: number }
  | { readonly outcome: 'conflict' | 'missing' | 'unknown'; readonly cause: unknown };

export type ReadOutcome =
  | { readonly outcome: 'found'; readonly key: PrimaryKey; readonly revision: number }
  | { readonly outcome: 'none'; readonly revision: number }
  | { readonly outcome: 'missing' | 'unknown'; readonly cause: unknown };

const timeoutMs = 2_000;

export class PrimariesBucket {
  /** `replicas`: how many servers keep it. */
  constructor(
    private readonly bus: Bus,
    private readonly replicas = 1,
  ) {}

  /** Makes the bucket if it is not there; the first revision it can give is `first`, which is asked for only then. Answers whether it was made now. */
  async ensure(first: number | (() => Promise<number>)): Promise<boolean> {
    const manager = await jetstreamManager(this.bus.connection, { checkAPI: false, timeout: timeoutMs });
    try {
      await manager.streams.info(primariesBucketPlan.stream);
      return false;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    const firstSequence = typeof first === 'number' ? first : await first();
    await manager.streams.add({
      name: primariesBucketPlan.stream,
      subjects: [primariesBucketPlan.subject],
      storage: StorageType.File,
      num_replicas: this.replicas,
      max_msgs_per_subject: 1,
      max_bytes: primariesBucketPlan.maxBytes,
      max_msg_size: primariesBucketPlan.maxValueBytes,
      discard: DiscardPolicy.New,
      allow_direct: true,
      allow_rollup_hdrs: true,
      deny_delete: true,
      first_seq: firstSequence,
      republish: { src: primariesBucketPlan.subject, dest: primariesBucketPlan.republishTo },
    });
    return true;
  }

  /** Calls back when somebody deleted the bucket: JetStream tells, and republishes nothing. */
  onDeleted(listener: () => void): Subscription {
    return this.bus.subscribe(streamDeleted(primariesBucketPlan.stream), listener);
  }

  /** Writes the key if its revision is still `expectedRevision` (0: there has been no key). */
  async put(zoneId: string, key: PrimaryKey, expectedRevision: number): Promise<WriteOutcome> {
    try {
      const ack = await jetstream(this.bus.connection).publish(primaryKeySubject.build({ zone: zoneId }), JSON.stringify(key), {
        expect: { lastSubjectSequence: expectedRevision },
        timeout: timeoutMs,
      });
      return { outcome: 'written', revision: ack.seq };
    } catch (cause) {
      return { outcome: failureOf(cause), cause };
    }
  }

  /** Removes the key if its revision is still the one seen. The revision of the marker is what the next `put` must expect. */
  async remove(zoneId: string, expectedRevision: number): Promise<WriteOutcome> {
    const headers = natsHeaders();
    headers.set(republishHeaders.operation, 'DEL');
    try {
      const ack = await jetstream(this.bus.connection).publish(primaryKeySubject.build({ zone: zoneId }), '', {
        headers,
        expect: { lastSubjectSequence: expectedRevision },
        timeout: timeoutMs,
      });
      return { outcome: 'written', revision: ack.seq };
    } catch (cause) {
      return { outcome: failureOf(cause), cause };
    }
  }

  /** The key as the stream's leader has it. `none` carries the revision of a delete marker, or 0. */
  async read(zoneId: string): Promise<ReadOutcome> {
    try {
      const manager = await jetstreamManager(this.bus.connection, { checkAPI: false, timeout: timeoutMs });
      // A direct read may be answered by a follower, which may not know the last write yet.
      const message = await manager.streams.getMessage(primariesBucketPlan.stream, {
        last_by_subj: primaryKeySubject.build({ zone: zoneId }),
      });
      if (message === null) return { outcome: 'none', revision: 0 };
      if (message.header.get(republishHeaders.operation) !== '') return { outcome: 'none', revision: message.seq };
      return { outcome: 'found', key: PrimaryKey.parse(message.json()), revision: message.seq };
    } catch (cause) {
      const failure = failureOf(cause);
      return { outcome: failure === 'missing' ? 'missing' : 'unknown', cause };
    }
  }
}

const isMissing = (error: unknown): boolean => error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;

/**
 * A stream that does not exist captures no subject, so a publish to it finds no responder; without a quorum there is no answer in time.
 * The two look alike from here, so the caller asks for the stream before it believes "missing".
 */
const failureOf = (cause: unknown): 'conflict' | 'missing' | 'unknown' => {
  if (cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.StreamWrongLastSequence) return 'conflict';
  return isMissing(cause) ? 'missing' : 'unknown';
};
