import type { ConnectionId } from '@klevr/contracts/presence';
import type { SimulatedProcess } from './process.fixture.js';
import type { VirtualTime } from './virtual-time.fixture.js';

/** A network between one host and the NATS server; each direction passes, or holds what is sent until it passes again. */
export interface Link {
  up: boolean;
  down: boolean;
}

/** Both sides ping each 5 s and give a connection up after two pings without an answer. */
const pingsMs = { least: 10_000, most: 15_000 };
const networkMs = 3;

/**
 * One connection to the NATS server, as each side believes in it. What one side sends in one lane arrives in order or not at all: what a blocked
 * direction holds arrives late, unless the receiving side has given the connection up meanwhile.
 */
export class Connection {
  serverOpen = true;
  clientOpen = true;
  /** Epochs whose subject the client is subscribed to, as the server knows it. */
  readonly epochs = new Set<number>();
  private readonly held: Record<'up' | 'down', [string, () => void][]> = { up: [], down: [] };
  private watching = 0;

  constructor(
    readonly id: ConnectionId,
    readonly client: { readonly name: string; readonly process: SimulatedProcess; readonly link: Link },
    private readonly time: VirtualTime,
    private readonly ends: { readonly atServer: (cut: boolean) => void; readonly atClient: () => void },
    private readonly faultShare: () => { lost: number; doubled: number },
  ) {}

  toServer(lane: string, work: () => void): void {
    if (this.clientOpen) this.pass('up', lane, () => this.serverOpen && work());
  }

  toClient(lane: string, work: () => void, core = true): void {
    if (!this.serverOpen) return;
    const { lost, doubled } = this.faultShare();
    // A receiver that is too slow loses messages; a route that is made anew may bring one twice.
    if (core && this.time.chance(lost)) return;
    const times = core && this.time.chance(doubled) ? 2 : 1;
    for (let time = 0; time < times; time++) this.pass('down', lane, () => this.client.process.run(() => this.clientOpen && work()));
  }

  /** The client ends it, or dies: its system tells the server, if the network lets it. */
  endByClient(): void {
    this.clientOpen = false;
    this.pass('up', 'end', () => this.endAtServer(true));
    if (!this.client.link.up) this.watch();
  }

  /** The server ends it, or stops; only a server that goes on tells others of it. */
  endAtServer(tells: boolean): void {
    if (!this.serverOpen) return;
    this.serverOpen = false;
    this.ends.atServer(tells);
    this.pass('down', 'end', () => this.client.process.run(() => this.endAtClient()));
    if (!this.client.link.down) this.watch();
  }

  /** The link or the process changed: what was held goes on, and who hears nothing gives up after two pings. */
  changed(): void {
    const { link, process } = this.client;
    for (const direction of ['up', 'down'] as const) {
      if (link[direction]) for (const [lane, work] of this.held[direction].splice(0)) this.pass(direction, lane, work);
    }
    if (!link.up || !link.down || process.frozen) this.watch();
  }

  private pass(direction: 'up' | 'down', lane: string, work: () => void): void {
    if (!this.client.link[direction]) this.held[direction].push([lane, work]);
    else this.time.send(`${this.id.clientId}${direction}${lane}`, networkMs, work);
  }

  private watch(): void {
    const watching = ++this.watching;
    const dead = (): boolean => watching === this.watching && (!this.client.link.up || !this.client.link.down);
    this.time.later(this.time.between(pingsMs.least, pingsMs.most), () => {
      if (dead() || (watching === this.watching && this.client.process.frozen)) this.endAtServer(true);
    });
    this.client.process.after(this.time.between(pingsMs.least, pingsMs.most), () => {
      if (dead()) this.endAtClient();
    });
  }

  private endAtClient(): void {
    if (!this.clientOpen) return;
    this.clientOpen = false;
    this.pass('up', 'end', () => this.endAtServer(true));
    this.ends.atClient();
  }
}
