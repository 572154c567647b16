import { Injectable } from '@nestjs/common';
import { subjects } from '@klevr/contracts/subjects';
import type { ZoneSettings } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';

/** Tells the agents of a zone its settings when they change. One that misses it is told at its next hello. */
@Injectable()
export class ZoneSettingsPublisher {
  constructor(private readonly bus: Bus) {}

  publish(zoneId: string, { heartbeatSeconds }: ZoneSettings): void {
    this.bus.publish(subjects.settings.build({ zone: zoneId }), 'settings', { zoneId, settings: { heartbeatSeconds } });
  }
}
