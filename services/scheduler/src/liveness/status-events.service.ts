import { Injectable } from '@nestjs/common';
import { AgentStatus } from '@klevr/contracts/agent';
import type { Event } from '@klevr/contracts/event';
import { IncidentsService } from './incidents.service.js';
import { answeredCause } from './liveness-machine.js';
import { LivenessService } from './liveness.service.js';

const statusOf: Partial<Record<Event['type'], AgentStatus>> = {
  'host.online': 'online',
  'host.suspect': 'suspect',
  'host.lost': 'lost',
  'host.suspended': 'suspended',
  'host.left': 'left',
};

/** What any replica decided about an agent or an incident, heard by all of them: each knows every status without asking the database. */
@Injectable()
export class StatusEvents {
  constructor(
    private readonly liveness: LivenessService,
    private readonly incidents: IncidentsService,
  ) {}

  async heard({ type, subjectId, data }: Event): Promise<void> {
    const status = statusOf[type];
    const excused = type === 'host.online' && data['cause'] === answeredCause;
    if (status) this.liveness.became(subjectId, AgentStatus.safeParse(data['status']).data ?? status, { excused });
    // One of the whole fleet is told once a zone.
    const isNews = type === 'host.incidentOpened' ? !this.incidents.knows(subjectId) : this.incidents.knows(subjectId);
    if (isNews && (type === 'host.incidentOpened' || type === 'host.incidentClosed')) await this.incidents.refresh();
  }

  /** An operator's change, read from the row. */
  changed(agentId: string, status: AgentStatus, drained: boolean): void {
    this.liveness.became(agentId, status, { drained });
  }
}
