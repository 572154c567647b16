import { Readable } from 'node:stream';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { type CancelTimer, Clock } from '@klevr/platform/clock';
import { Gauge } from 'prom-client';
import type { Principal } from '../auth/principal.js';
import { PrincipalsService } from '../auth/principals.service.js';
import { EventLimits } from './event-limits.js';
import type { ServedStream } from './served-stream.js';

export interface StreamOwner {
  readonly principal: Principal;
  readonly token: string;
}

interface Open {
  readonly owner: StreamOwner;
  readonly stream: ServedStream;
  /** When the client last took something; that it is given something to take each heartbeat makes it a sign of life. */
  tookAtMs: number;
}

const BUFFER_BYTES = 64 * 1024;
const openStreams = new Gauge({ name: 'klevr_event_streams', help: 'Clients that follow events or logs at this replica' });

/**
 * All answers of this replica that go on and on.
 *
 * Promises: a stream ends with its session or token, or when what they may do changes: at once, and at the next heartbeat where this replica was
 * not told; with a stop of this process all of them end in order; one that is not taken is cut off. The number is bounded, for each user and altogether.
 */
@Injectable()
export class OpenStreamsService implements OnModuleInit, OnModuleDestroy {
  private readonly open = new Map<Open, Readable>();
  private isStopping = false;
  private cancelTimer: CancelTimer = () => undefined;
  private unlisten: () => void = () => undefined;

  constructor(
    private readonly principals: PrincipalsService,
    private readonly clock: Clock,
    private readonly limits: EventLimits,
  ) {}

  onModuleInit(): void {
    this.unlisten = this.principals.onChange((concerns) => this.endWhere(({ principal }) => concerns(principal)));
    this.schedule();
  }

  onModuleDestroy(): void {
    this.isStopping = true;
    this.cancelTimer();
    this.unlisten();
    for (const { stream } of this.open.keys()) stream.end('stopping');
  }

  /** Throws where there is no room for one more stream of this user. */
  checkRoom({ principal: { userId } }: StreamOwner): void {
    if (this.isStopping) throw new AppError('UNAVAILABLE', 'This server stops', { retryAfterSeconds: 1 });
    if (this.open.size >= this.limits.streams) {
      throw new AppError('UNAVAILABLE', `${this.limits.streams} clients follow events or logs here already`, { retryAfterSeconds: 10 });
    }
    const ofUser = [...this.open.keys()].filter(({ owner }) => owner.principal.userId === userId).length;
    if (ofUser >= this.limits.streamsPerUser) {
      throw new AppError('RATE_LIMITED', `This user follows events or logs ${ofUser} times already`, { retryAfterSeconds: 10 });
    }
  }

  /** `closed` is called once, however it ends. */
  serve(owner: StreamOwner, stream: ServedStream, closed: () => void): Readable {
    this.checkRoom(owner);
    const entry: Open = { owner, stream, tookAtMs: this.clock.monotonicMs() };
    const readable = Readable.from(this.timed(entry), { objectMode: false, highWaterMark: BUFFER_BYTES });
    this.open.set(entry, readable);
    openStreams.set(this.open.size);
    // What was admitted a moment ago may have changed before this stream could be told.
    if (this.principals.known(owner.token) !== owner.principal) void this.checkSession(owner.token);
    readable.once('close', () => {
      stream.end('gone');
      this.open.delete(entry);
      openStreams.set(this.open.size);
      closed();
    });
    return readable;
  }

  private async *timed(entry: Open): AsyncGenerator<Buffer> {
    for await (const chunk of entry.stream.chunks()) {
      yield chunk;
      entry.tookAtMs = this.clock.monotonicMs();
    }
  }

  private schedule(): void {
    this.cancelTimer = this.clock.setTimer(() => {
      const nowMs = this.clock.monotonicMs();
      for (const [{ stream, tookAtMs }, readable] of this.open) {
        if (nowMs - tookAtMs > this.limits.stalledMs) readable.destroy();
        else stream.heartbeat();
      }
      for (const token of new Set([...this.open.keys()].map(({ owner }) => owner.token))) void this.checkSession(token);
      this.schedule();
    }, this.limits.heartbeatMs);
  }

  /** The safety net for what this process is not told: expiry, and changes at other replicas whose message did not reach it. */
  private async checkSession(token: string): Promise<void> {
    try {
      const { grants } = await this.principals.recheck(token);
      const held = JSON.stringify(grants);
      this.endWhere((owner) => owner.token === token && JSON.stringify(owner.principal.grants) !== held);
    } catch (error) {
      // While the database is away nobody can say so.
      if (error instanceof AppError && error.code === 'UNAUTHENTICATED') this.endWhere((owner) => owner.token === token);
    }
  }

  private endWhere(ends: (owner: StreamOwner) => boolean): void {
    for (const { owner, stream } of this.open.keys()) if (ends(owner)) stream.end('sessionEnded');
  }
}
