import { Controller, Get, Header, Query, StreamableFile } from '@nestjs/common';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { ZoneId } from '@klevr/contracts/ids';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiHeader, ApiProduces, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Caller, CurrentToken, Scope, type Scoped } from '../auth/caller.decorator.js';
import type { Principal } from '../auth/principal.js';
import { Answers } from '../http/answers.decorator.js';
import { FollowEvents, eventFilter } from './event-filter.js';
import { EventStreamsService } from './event-streams.service.js';
import { LastEventId } from './last-event-id.decorator.js';

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(
    private readonly bus: Bus,
    private readonly streams: EventStreamsService,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  // nginx would gather the events in its own buffer.
  @Header('x-accel-buffering', 'no')
  @ApiProduces('text/event-stream')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last event that was received: what came after it is sent first',
    schema: { type: 'string', pattern: '^\\d{1,15}$' },
  })
  @Answers(
    200,
    z.string(),
    'Follows what happens, as server-sent events: `event` is the type, `data` the Event (a schema below) as JSON, `id` its place. `gap` tells which ids can no ' +
      'longer be had; `end` says why this server ends the stream. A comment with the present place is sent each 15 seconds',
  )
  async followEvents(
    @Query({ schema: FollowEvents }) query: FollowEvents,
    @LastEventId() resumeFrom: number | undefined,
    @Caller() principal: Principal,
    @Scope() { scope }: Scoped,
    @CurrentToken() token: string,
  ): Promise<StreamableFile> {
    const matches = eventFilter({ zoneId: await this.zoneIdOf(query.zone), scope, type: query.type, subject: query.subject });
    const lastEventId = resumeFrom ?? (query.lastEventId === undefined ? undefined : Number(query.lastEventId));
    return new StreamableFile(this.streams.follow({ principal, token, matches, lastEventId }), { type: 'text/event-stream' });
  }

  /** An id as it is: what happened in a zone can be read when the zone is no more. */
  private async zoneIdOf(zone: string | undefined): Promise<string | undefined> {
    if (zone === undefined || ZoneId.safeParse(zone).success) return zone;
    return (await call(this.bus, schedulerRpc.getZone, { zone })).id;
  }
}
