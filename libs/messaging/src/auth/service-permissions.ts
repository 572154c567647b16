import { type ServiceName, serviceNames } from '@klevr/contracts/contract';
import { streams } from '@klevr/contracts/streams';
import { inboxes, primariesStream, primaryKeySubject, subjects } from '@klevr/contracts/subjects';
import { provisionerConsumers } from '@klevr/contracts/provisioner-contracts';
import { taskManagerConsumers } from '@klevr/contracts/task-manager-contracts';
import {
  deleteStream,
  ephemeralConsumers,
  jetStreamInfo,
  manageStream,
  ownDurable,
  reachConsumer,
  readMessages,
  readStreamInfo,
  streamDeleted,
} from './jetstream-api-subjects.js';

/**
 * What each service's NATS user may do: its own subjects, streams, consumers and buckets, one by one.
 *
 * Promises: no service speaks for another; only schedulers write the bucket `primaries`; answers go to named inboxes only, never by
 * `allow_responses` (which would let whoever asks choose where a service writes).
 * Does not: bind JetStream itself. It answers any reply subject unchecked, so a service that may call its API could make it write an
 * answer anywhere in the account; services are trusted that far, agents (who may call nothing of it) are not.
 */
export type NatsServiceName = Exclude<ServiceName, 'agent'>;

export interface ServicePermissions {
  readonly publish: readonly string[];
  readonly denyPublish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Who asks whom by `klevr.v1.rpc`; answers may go back along these lines only. */
const asks: Record<NatsServiceName, readonly NatsServiceName[]> = {
  gateway: ['scheduler', 'task-manager', 'provisioner'],
  scheduler: ['task-manager', 'provisioner'],
  'task-manager': ['scheduler'],
  provisioner: ['scheduler', 'task-manager'],
};

const services = serviceNames.filter((name) => name !== 'agent');

const inboxOf = (service: NatsServiceName): string => openEnded(inboxes.service.wildcard({ service }), 3);

/** Everything below the subject's first `tokens` tokens. */
function openEnded(subject: string, tokens: number): string {
  return [...subject.split('.').slice(0, tokens), '>'].join('.');
}

const common = (service: NatsServiceName): ServicePermissions => ({
  publish: [
    jetStreamInfo,
    ...asks[service].map((asked) => subjects.rpc.wildcard({ service: asked })),
    ...services.filter((asker) => asks[asker].includes(service)).map(inboxOf),
  ],
  denyPublish: [],
  subscribe: [subjects.rpc.wildcard({ service }), inboxOf(service)],
});

/** Commands to agents and what comes back: the schedulers' and task-managers' alone. */
const towardsAgents: ServicePermissions = {
  publish: [subjects.zoneCommand.wildcard(), subjects.agentCommand.wildcard(), openEnded(inboxes.agentAwaitsCentre.wildcard(), 4)],
  denyPublish: [],
  subscribe: [openEnded(inboxes.centreAwaitsAgent.wildcard(), 2), subjects.primary.wildcard()],
};

const { events, logs } = streams;
const consumers = Object.values(taskManagerConsumers);

const own: Record<NatsServiceName, ServicePermissions> = {
  gateway: {
    publish: [
      ...readStreamInfo(events.name),
      ...ephemeralConsumers(events.name),
      ...readStreamInfo(logs.name),
      ...ephemeralConsumers(logs.name),
      subjects.changed.wildcard({ service: 'gateway' }),
    ],
    denyPublish: consumers.flatMap(({ stream, durable }) => reachConsumer(stream, durable)),
    subscribe: [
      subjects.changed.wildcard({ service: 'gateway' }),
      subjects.changed.wildcard({ service: 'scheduler' }),
      subjects.primary.wildcard(),
    ],
  },
  scheduler: {
    publish: [
      ...towardsAgents.publish,
      subjects.settings.wildcard(),
      subjects.changed.wildcard({ service: 'scheduler' }),
      subjects.event.wildcard({ topic: 'host' }),
      subjects.event.wildcard({ topic: 'primary' }),
      subjects.event.wildcard({ topic: 'schedule' }),
      ...manageStream(events.name),
      ...manageStream(primariesStream),
      ...deleteStream(primariesStream),
      ...readMessages(primariesStream, primaryKeySubject.wildcard()),
      primaryKeySubject.wildcard(),
    ],
    denyPublish: [],
    subscribe: [
      ...towardsAgents.subscribe,
      subjects.report.wildcard(),
      subjects.ask.wildcard(),
      subjects.event.wildcard({ topic: 'host' }),
      subjects.event.wildcard({ topic: 'schedule' }),
      streamDeleted(primariesStream),
    ],
  },
  'task-manager': {
    publish: [
      ...towardsAgents.publish,
      subjects.provisionClaim.wildcard(),
      subjects.event.wildcard({ topic: 'task' }),
      subjects.event.wildcard({ topic: 'run' }),
      subjects.log.wildcard(),
      subjects.changed.wildcard({ service: 'task-manager' }),
      ...manageStream(events.name),
      ...manageStream(logs.name),
      ...consumers.flatMap(({ stream, durable, subscription }) => ownDurable(stream, durable, subscription)),
      ...readStreamInfo(primariesStream),
      ...readMessages(primariesStream, primaryKeySubject.wildcard()),
    ],
    denyPublish: [],
    subscribe: [...towardsAgents.subscribe, subjects.fact.wildcard(), subjects.changed.wildcard({ service: 'task-manager' })],
  },
  provisioner: {
    publish: [
      openEnded(inboxes.agentAwaitsCentre.wildcard(), 4),
      subjects.event.wildcard({ topic: 'resource' }),
      subjects.changed.wildcard({ service: 'provisioner' }),
      ...readStreamInfo(events.name),
      ...Object.values(provisionerConsumers).flatMap(({ stream, durable, subscription }) => ownDurable(stream, durable, subscription)),
    ],
    denyPublish: [],
    subscribe: [subjects.provision.wildcard(), subjects.changed.wildcard({ service: 'provisioner' })],
  },
};

export const servicePermissions = (service: NatsServiceName): ServicePermissions => {
  const [base, extra] = [common(service), own[service]];
  return {
    publish: [...base.publish, ...extra.publish],
    denyPublish: [...base.denyPublish, ...extra.denyPublish],
    subscribe: [...base.subscribe, ...extra.subscribe],
  };
};

/** Of the scheduler's second user, in the system account: who connects and disconnects, and the pushing of revocations. */
export const systemPermissions = (accountPublicKey: string): ServicePermissions => ({
  publish: [
    '$SYS.REQ.CLAIMS.UPDATE',
    `$SYS.REQ.ACCOUNT.${accountPublicKey}.CONNZ`,
    '$SYS.REQ.ACCOUNT.PING.CONNZ',
    '$SYS.REQ.SERVER.*.CONNZ',
    '$SYS.REQ.SERVER.PING',
  ],
  denyPublish: [],
  subscribe: [`$SYS.ACCOUNT.${accountPublicKey}.CONNECT`, `$SYS.ACCOUNT.${accountPublicKey}.DISCONNECT`, inboxOf('scheduler')],
});
