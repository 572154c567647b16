import { webhooksChangedSubject } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { Injectable } from '@nestjs/common';

/** Tells every replica of this service, this one included. Nothing comes of it while NATS is away; each of them looks by itself every few seconds. */
@Injectable()
export class ReplicasClient {
  constructor(private readonly bus: Bus) {}

  webhooksChanged(webhookId: string): void {
    this.bus.publish(webhooksChangedSubject, 'changed.webhooks', { webhookId });
  }
}
