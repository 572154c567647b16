import { Readable } from 'node:stream';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { type CancelTimer, Clock } from '@klevr/platform/clock';
import { Gauge } from 'prom-client';
import { SessionsService } from '../auth/sessions.service.js';
import { EventFeedService } from './event-feed.service.js';
import type { EventFilter } from './event-filter.js';
import { EventLimits } from './event-limits.js';
import { EventStream } from './event-stream.js';

export interface Follower {
  readonly userId: string;
  readonly token: string;
  readonly matches: EventFilter;
  readonly lastEventId: number | undefined;
}

interface Open {
  readonly follower: Follower;
  readonly stream: EventStream;
  /** When the client last took something; that it is given something to take each heartbeat makes it a sign of life. */
  tookAtMs: number;
}

const BUFFER_BYTES = 64 * 1024;
const openStreams = new Gauge({ name: 'klevr_event_streams', help: 'Clients that follow events at this replica' });

/**
 * Everybody who follows events at this replica.
 *
 * Promises: a stream ends with its session: at once for a sign-out here, at the next heartbeat otherwise; with a stop of this process all of them end
 * in order. The number is bounded, for each user and altogether.
 */
@Injectable()
export class EventStreamsService implements OnModuleInit, OnModuleDestroy {
  private readonly open = new Map<Open, Readable>();
  private isStopping = false;
  private cancelTimer: CancelTimer = () => undefined;
  private readonly unlisten: (() => void)[] = [];

  constructor(
    private readonly feed: EventFeedService,
    private readonly sessions: SessionsService,
    private readonly clock: Clock,
    private readonly limits: EventLimits,
  ) {}

  onModuleInit(): void {
    this.unlisten.push(
      this.feed.onWake(() => this.open.forEach((_readable, { stream }) => stream.wake())),
      this.sessions.onSignOut((token) => this.endSession(token)),
    );
    this.schedule();
  }

  onModuleDestroy(): void {
    this.isStopping = true;
    this.cancelTimer();
    for (const unlisten of this.unlisten) unlisten();
    for (const { stream } of this.open.keys()) stream.end('stopping');
  }

  follow(follower: Follower): Readable {
    this.checkRoom(follower.userId);
    const stream = new EventStream(this.feed, follower.matches, follower.lastEventId);
    const entry: Open = { follower, stream, tookAtMs: this.clock.monotonicMs() };
    const readable = Readable.from(this.timed(entry), { objectMode: false, highWaterMark: BUFFER_BYTES });
    this.open.set(entry, readable);
    openStreams.set(this.open.size);
    readable.once('close', () => {
      stream.end('gone');
      this.open.delete(entry);
      openStreams.set(this.open.size);
    });
    return readable;
  }

  private async *timed(entry: Open): AsyncGenerator<Buffer> {
    for await (const chunk of entry.stream.chunks()) {
      yield chunk;
      entry.tookAtMs = this.clock.monotonicMs();
    }
  }

  private checkRoom(userId: string): void {
    if (this.isStopping) throw new AppError('UNAVAILABLE', 'This server stops', { retryAfterSeconds: 1 });
    if (this.open.size >= this.limits.streams) {
      throw new AppError('UNAVAILABLE', `${this.limits.streams} clients follow events here already`, { retryAfterSeconds: 10 });
    }
    const ofUser = [...this.open.keys()].filter(({ follower }) => follower.userId === userId).length;
    if (ofUser >= this.limits.streamsPerUser) {
      throw new AppError('RATE_LIMITED', `This user follows events ${ofUser} times already`, { retryAfterSeconds: 10 });
    }
  }

  private schedule(): void {
    this.cancelTimer = this.clock.setTimer(() => {
      const nowMs = this.clock.monotonicMs();
      for (const [{ stream, tookAtMs }, readable] of this.open) {
        if (nowMs - tookAtMs > this.limits.stalledMs) readable.destroy();
        else stream.heartbeat();
      }
      for (const token of new Set([...this.open.keys()].map(({ follower }) => follower.token))) void this.checkSession(token);
      this.schedule();
    }, this.limits.heartbeatMs);
  }

  /** The safety net for what this process is not told: expiry, and sign-outs at other replicas. */
  private async checkSession(token: string): Promise<void> {
    try {
      await this.sessions.authenticate(token);
    } catch (error) {
      // While the database is away nobody can say so.
      if (error instanceof AppError && error.code === 'UNAUTHENTICATED') this.endSession(token);
    }
  }

  private endSession(token: string): void {
    for (const { follower, stream } of this.open.keys()) if (follower.token === token) stream.end('sessionEnded');
  }
}
