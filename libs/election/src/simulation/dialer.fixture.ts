import type { Connection } from './connection.fixture.js';
import type { Client, Hub } from './hub.fixture.js';

/** A client's side of its connection: dials until it has one, and again whenever it ends. */
export class Dialer {
  connection: Connection | undefined;

  constructor(
    private readonly hub: Hub,
    private readonly client: Client,
    private readonly on: { readonly onConnected: () => void; readonly onLost: () => void },
  ) {}

  /** At the start of the process. */
  start(): void {
    this.dial(false);
  }

  /** The process dies; its system ends what it had open. */
  died(): void {
    this.connection?.endByClient();
    this.connection = undefined;
  }

  /** The connection breaks, and is made anew. */
  blip(): void {
    this.connection?.endByClient();
    this.connection = undefined;
    this.on.onLost();
    this.dial(true);
  }

  private dial(again: boolean): void {
    const { process, link } = this.client;
    const { time } = this.hub;
    process.after(time.between(2, again ? 200 : 20), () => {
      if (this.connection !== undefined) return;
      if (!this.hub.up || !link.up || !link.down) return this.dial(true);
      const connection = this.hub.accept(this.client, () => {
        if (this.connection !== connection) return;
        this.connection = undefined;
        this.on.onLost();
        this.dial(true);
      });
      this.connection = connection;
      this.on.onConnected();
    });
  }
}
