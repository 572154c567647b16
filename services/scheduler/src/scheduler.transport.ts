import { schedulerAsks, schedulerHears, schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import type { Bus } from '@klevr/messaging/bus';
import { NatsTransport } from '@klevr/messaging/nats-transport';
import type { Log } from '@klevr/platform/log';

export const schedulerTransport = (
  bus: Bus,
  log: Log,
  onViolation: (violation: { subject: string; reply: string }) => void,
): NatsTransport =>
  new NatsTransport({
    bus,
    service: 'scheduler',
    contracts: [...Object.values(schedulerRpc), ...Object.values(schedulerAsks), ...Object.values(schedulerHears)],
    onViolation,
    log: {
      error: (message, detail) => log.error({ error: detail }, message),
      warn: (message, detail) => log.warn({ detail }, message),
    },
  });
