import { Controller } from '@nestjs/common';
import type { MessageOf, ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { schedulerHears, schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { HandlePublished, HandleRequest } from '@klevr/messaging/decorators';
import { LedgerService } from './ledger.service.js';
import { ScheduleEventsService } from './schedule-events.service.js';
import { SchedulesService } from './schedules.service.js';

type Rpc = typeof schedulerRpc;

@Controller()
export class SchedulesHandler {
  constructor(
    private readonly schedules: SchedulesService,
    private readonly ledger: LedgerService,
    private readonly events: ScheduleEventsService,
  ) {}

  @HandleRequest(schedulerRpc.createSchedule)
  createSchedule({ actor, schedule, idempotency }: RequestOf<Rpc['createSchedule']>): Promise<ReplyOf<Rpc['createSchedule']>> {
    return this.schedules.create(schedule, actor, idempotency);
  }

  @HandleRequest(schedulerRpc.listSchedules)
  listSchedules(query: RequestOf<Rpc['listSchedules']>): Promise<ReplyOf<Rpc['listSchedules']>> {
    return this.schedules.list(query);
  }

  @HandleRequest(schedulerRpc.getSchedule)
  getSchedule({ id }: RequestOf<Rpc['getSchedule']>): Promise<ReplyOf<Rpc['getSchedule']>> {
    return this.schedules.get(id);
  }

  @HandleRequest(schedulerRpc.updateSchedule)
  updateSchedule({ actor, id, changes, ifRevision }: RequestOf<Rpc['updateSchedule']>): Promise<ReplyOf<Rpc['updateSchedule']>> {
    return this.schedules.update(changes, { id, by: actor.username, ifRevision });
  }

  @HandleRequest(schedulerRpc.deleteSchedule)
  async deleteSchedule({ actor, id, ifRevision }: RequestOf<Rpc['deleteSchedule']>): Promise<ReplyOf<Rpc['deleteSchedule']>> {
    await this.schedules.delete({ id, by: actor.username, ifRevision });
    return {};
  }

  @HandleRequest(schedulerRpc.pauseSchedule)
  pauseSchedule({ actor, id, idempotency }: RequestOf<Rpc['pauseSchedule']>): Promise<ReplyOf<Rpc['pauseSchedule']>> {
    return this.schedules.pause({ id, by: actor.username, idempotency });
  }

  @HandleRequest(schedulerRpc.resumeSchedule)
  resumeSchedule({ actor, id, idempotency }: RequestOf<Rpc['resumeSchedule']>): Promise<ReplyOf<Rpc['resumeSchedule']>> {
    return this.schedules.resume({ id, by: actor.username, idempotency });
  }

  @HandleRequest(schedulerRpc.triggerSchedule)
  triggerSchedule({ actor, id, idempotency }: RequestOf<Rpc['triggerSchedule']>): Promise<ReplyOf<Rpc['triggerSchedule']>> {
    return this.ledger.trigger(id, actor, idempotency);
  }

  @HandleRequest(schedulerRpc.listFires)
  listFires({ id, state, ...query }: RequestOf<Rpc['listFires']>): Promise<ReplyOf<Rpc['listFires']>> {
    return this.ledger.list(id, state, query);
  }

  @HandlePublished(schedulerHears.scheduleEventHeard)
  async scheduleEvent(event: MessageOf<(typeof schedulerHears)['scheduleEventHeard']>): Promise<void> {
    this.events.heard(event);
  }
}
