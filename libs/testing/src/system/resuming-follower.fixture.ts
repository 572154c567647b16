import type { Api } from '../api.js';
import type { EventClient, SseMessage } from '../event-client.js';

/** Follows events as a browser does: whenever its stream breaks or ends it asks again, from the last id that it was told. */
export class ResumingFollower {
  readonly events: SseMessage[] = [];
  resumed = -1;
  private client: EventClient | undefined;
  private lastId: string | undefined;
  private isOver = false;
  private readonly running: Promise<void>;

  private constructor(private readonly api: Api) {
    this.running = this.run();
  }

  static async begin(api: Api): Promise<ResumingFollower> {
    const follower = new ResumingFollower(api);
    while (follower.client === undefined) await new Promise((resolve) => setImmediate(resolve));
    return follower;
  }

  /** Everything that happened, without what the server says about the stream itself. */
  get happened(): SseMessage[] {
    return this.events.filter(({ event }) => event !== 'end');
  }

  async stop(): Promise<void> {
    this.isOver = true;
    this.client?.hangUp();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      try {
        const client = await this.api.follow('', this.lastId);
        this.client = client;
        if (client.status !== 200) throw new Error(`GET /events answered ${client.status}`);
        this.resumed++;
        await client.until('the end', () => client.hasEnded, 600_000);
        this.events.push(...client.events);
        this.lastId = client.lastId ?? this.lastId;
      } catch {
        // The server is away; browsers wait as well.
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}
