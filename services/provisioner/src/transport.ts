import type { Contract } from '@klevr/contracts/contract';
import { provisionContracts, provisionerConsumers, provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import type { Bus } from '@klevr/messaging/bus';
import { NatsTransport } from '@klevr/messaging/nats-transport';
import type { Log } from '@klevr/platform/log';

/** Everything that this service must handle; it does not start with less. */
const contracts: readonly Contract[] = [
  ...Object.values(provisionerRpc),
  ...Object.values(provisionContracts),
  ...Object.values(provisionerConsumers),
];

export const provisionerTransport = (bus: Bus, log: Log): NatsTransport =>
  new NatsTransport({
    bus,
    service: 'provisioner',
    contracts,
    log: {
      error: (message, detail) => log.error({ detail }, message),
      warn: (message, detail) => log.warn({ detail }, message),
    },
    onViolation: ({ subject, reply }) => log.warn({ subject, reply }, 'a request named a reply subject that is not its own'),
  });
