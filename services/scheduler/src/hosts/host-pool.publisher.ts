import { Injectable } from '@nestjs/common';
import { hostsChangedSubject } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';

/** Tells whoever keeps answers about zones and hosts in memory that they are old. Called after the commit and before the change is answered. */
@Injectable()
export class HostPoolPublisher {
  constructor(private readonly bus: Bus) {}

  changed(zoneId: string): void {
    this.bus.publish(hostsChangedSubject, 'changed.hosts', { zoneId });
  }
}
