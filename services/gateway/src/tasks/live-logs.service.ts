import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LogChunk } from '@klevr/contracts/event';
import { streams } from '@klevr/contracts/streams';
import { subjects } from '@klevr/contracts/subjects';
import { Bus } from '@klevr/messaging/bus';
import { type FeedMessage, StreamFeed } from '@klevr/messaging/stream-feed';
import { Log } from '@klevr/platform/log';
import { EventFeedService } from '../events/event-feed.service.js';
import { gapType } from '../events/stored-event.js';
import type { OutputChunk } from './stored-output.js';

export interface LogListener {
  /** May come out of order, twice, or not at all. */
  heard(chunk: OutputChunk): void;
  /** Something may have happened that was not heard: more output, or the end. */
  look(): void;
}

interface Heard {
  readonly feed: StreamFeed;
  readonly listeners: Set<LogListener>;
}

/**
 * What runs write, as it is stored, for those runs that somebody follows: one consumer a run, whatever the number of followers.
 *
 * Promises: listeners are told to look when the run's status changes and after every break, so that what was missed is not missed for long.
 */
@Injectable()
export class LiveLogsService implements OnModuleInit, OnModuleDestroy {
  private readonly runs = new Map<string, Heard>();
  private unlisten: () => void = () => undefined;

  constructor(
    private readonly bus: Bus,
    private readonly events: EventFeedService,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.unlisten = this.events.onEvent(({ type, subjectId }) => {
      if (type === 'run.status') this.look(subjectId);
      else if (type === gapType) for (const runId of this.runs.keys()) this.look(runId);
    });
  }

  onModuleDestroy(): void {
    this.unlisten();
    for (const { feed } of this.runs.values()) feed.stop();
    this.runs.clear();
  }

  listen(zone: string, run: string, listener: LogListener): () => void {
    const heard = this.runs.get(run) ?? { feed: this.follow(zone, run), listeners: new Set() };
    this.runs.set(run, heard);
    heard.listeners.add(listener);
    return () => {
      heard.listeners.delete(listener);
      if (heard.listeners.size > 0) return;
      heard.feed.stop();
      if (this.runs.get(run) === heard) this.runs.delete(run);
    };
  }

  private follow(zone: string, run: string): StreamFeed {
    let isBroken = false;
    return new StreamFeed({
      bus: this.bus,
      stream: streams.logs.name,
      subject: subjects.log.build({ zone, run }),
      backlog: 0,
      handler: {
        following: () => {
          isBroken = false;
          this.look(run);
        },
        message: (message) => this.tell(run, message),
        // What lies between two pieces of one run are other runs' pieces; what is missing shows in the run's own numbers.
        gap: ({ reason }) => {
          if (reason === 'replaced') this.look(run);
        },
        broken: (error) => {
          if (!isBroken) this.log.warn({ error, run }, 'output cannot be heard live now');
          isBroken = true;
        },
      },
    });
  }

  private look(run: string): void {
    for (const listener of this.runs.get(run)?.listeners ?? []) listener.look();
  }

  private tell(run: string, message: FeedMessage): void {
    const chunk = chunkOf(message);
    if (chunk === undefined) this.look(run);
    else for (const listener of this.runs.get(run)?.listeners ?? []) listener.heard(chunk);
  }
}

function chunkOf({ bytes }: FeedMessage): OutputChunk | undefined {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    const { data, atMs = null, cut = false, attempt, seq, step, stream } = LogChunk.parse(JSON.parse(text));
    return { attempt, seq, step, stream, atMs, cut, data: Buffer.from(data, 'base64') };
  } catch {
    return undefined;
  }
}
