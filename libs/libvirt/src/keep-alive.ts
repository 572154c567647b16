import { type Frame, frameStatuses, frameTypes, programs } from './frame.js';

const PING = 1;
const PONG = 2;
const KEEPALIVE_VERSION = 1;
const UNANSWERED_MAX = 3;

interface Ends {
  send(frame: Frame): void;
  /** Nothing was heard for so long that nobody is there. */
  dead(): void;
}

/**
 * libvirt's keepalive: answers the daemon's questions, and asks by itself where it has said nothing for a while. A timer is all that can tell of a daemon that
 * hangs with its socket open.
 */
export class KeepAlive {
  private unanswered = 0;
  private quiet = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly everyMs: number,
    private readonly ends: Ends,
  ) {}

  /** Asked questions get no answer from a daemon that does not know them; so this begins once it said that it does. */
  start(): void {
    this.timer ??= setInterval(() => this.look(), this.everyMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  heard({ head }: Frame): void {
    this.quiet = false;
    this.unanswered = 0;
    if (head.program === programs.keepalive && head.procedure === PING) this.send(PONG);
  }

  private look(): void {
    if (this.quiet) {
      if (this.unanswered >= UNANSWERED_MAX) return this.ends.dead();
      this.unanswered += 1;
      this.send(PING);
    }
    this.quiet = true;
  }

  private send(procedure: number): void {
    const head = { program: programs.keepalive, version: KEEPALIVE_VERSION, procedure, type: frameTypes.message, serial: 0 };
    this.ends.send({ head: { ...head, status: frameStatuses.ok }, payload: Buffer.alloc(0) });
  }
}
