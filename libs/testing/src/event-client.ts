import { request as httpRequest, type IncomingMessage } from 'node:http';
import { SseParser } from '@klevr/client/sse-parser';

/** One message of an event stream. `event` is undefined where only the place was told. */
export interface SseMessage {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

export interface FollowOptions {
  readonly token: string;
  readonly lastEventId?: string;
  /** What is followed; `/events` unless said. */
  readonly path?: string;
}

/** A client of `GET /events`, or of another stream of events, that notes what it is sent, and can stop taking it. */
export class EventClient {
  readonly messages: SseMessage[] = [];
  hasEnded = false;
  private readonly parser = new SseParser();
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly answer: IncomingMessage,
    private readonly hangUpNow: () => void,
  ) {
    answer.setEncoding('utf8');
    answer.on('data', (part: string) => this.take(part));
    const end = (): void => {
      this.hasEnded = true;
      this.wakeAll();
    };
    answer.on('end', end).on('error', end).on('close', end);
  }

  /** Resolves with the head of the answer. */
  static open(origin: string, search: string, { token, lastEventId, path = '/events' }: FollowOptions): Promise<EventClient> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${origin}/api/v1${path}${search}`, {
        agent: false,
        headers: { authorization: `Bearer ${token}`, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
      });
      request.on('response', (answer) => resolve(new EventClient(answer, () => request.destroy())));
      request.on('error', reject);
      request.end();
    });
  }

  get status(): number {
    return this.answer.statusCode ?? 0;
  }

  get contentType(): string | undefined {
    return this.answer.headers['content-type'];
  }

  get comments(): number {
    return this.parser.comments;
  }

  /** Those with a type: what an EventSource dispatches. */
  get events(): SseMessage[] {
    return this.messages.filter(({ event }) => event !== undefined);
  }

  get lastId(): string | undefined {
    return this.messages.findLast(({ id }) => id !== undefined)?.id;
  }

  async until(what: string, holds: () => boolean, timeoutMs = 10_000): Promise<void> {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      this.wakeAll();
    }, timeoutMs);
    while (!holds()) {
      if (isOver) throw new Error(`${what}: not within ${timeoutMs} ms; events: ${JSON.stringify(this.events.slice(-5))}`);
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
    clearTimeout(timer);
  }

  /** Until the server has told where the client stands: from then on nothing is missed. */
  begun(): Promise<void> {
    return this.until('the place is told', () => this.lastId !== undefined);
  }

  pause(): void {
    this.answer.pause();
  }

  goOn(): void {
    this.answer.resume();
  }

  hangUp(): void {
    this.hangUpNow();
  }

  private take(part: string): void {
    for (const { id, event, data } of this.parser.take(part))
      this.messages.push({ id, event, data: data === undefined ? undefined : (JSON.parse(data) as unknown) });
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}
