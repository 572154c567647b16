import type { Readable } from 'node:stream';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { EventFeedService } from './event-feed.service.js';
import type { EventFilter } from './event-filter.js';
import { EventStream } from './event-stream.js';
import { OpenStreamsService, type StreamOwner } from './open-streams.service.js';

export interface Follower extends StreamOwner {
  readonly matches: EventFilter;
  readonly lastEventId: number | undefined;
}

/** Everybody who follows events at this replica: all of them are woken by the one feed. */
@Injectable()
export class EventStreamsService implements OnModuleInit, OnModuleDestroy {
  private readonly streams = new Set<EventStream>();
  private unlisten: () => void = () => undefined;

  constructor(
    private readonly feed: EventFeedService,
    private readonly open: OpenStreamsService,
  ) {}

  onModuleInit(): void {
    this.unlisten = this.feed.onWake(() => this.streams.forEach((stream) => stream.wake()));
  }

  onModuleDestroy(): void {
    this.unlisten();
  }

  follow({ matches, lastEventId, ...owner }: Follower): Readable {
    const stream = new EventStream(this.feed, matches, lastEventId);
    const readable = this.open.serve(owner, stream, () => this.streams.delete(stream));
    this.streams.add(stream);
    return readable;
  }
}
