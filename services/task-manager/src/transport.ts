import type { Contract } from '@klevr/contracts/contract';
import { factContract, taskManagerConsumers, taskManagerHears, taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import type { Bus } from '@klevr/messaging/bus';
import { NatsTransport } from '@klevr/messaging/nats-transport';
import type { Log } from '@klevr/platform/log';

/** Everything that this service must handle; it does not start with less. */
const contracts: readonly Contract[] = [
  ...Object.values(taskManagerRpc),
  factContract,
  ...Object.values(taskManagerHears),
  ...Object.values(taskManagerConsumers),
];

export const taskManagerTransport = (bus: Bus, log: Log): NatsTransport =>
  new NatsTransport({
    bus,
    service: 'task-manager',
    contracts,
    log: {
      error: (message, detail) => log.error({ detail }, message),
      warn: (message, detail) => log.warn({ detail }, message),
    },
    onViolation: ({ subject, reply }) => log.warn({ subject, reply }, 'a request named a reply subject that is not its own'),
  });
