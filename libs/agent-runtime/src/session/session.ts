import { AppError } from '@klevr/contracts/errors';
import type { HelloReply } from '@klevr/contracts/presence';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';

/**
 * Keeps this agent's session: says hello until the centre has granted it and has judged every attempt.
 * Promises: one hello at a time; a wish for one while one is under way makes another after it; it is repeated with back-off until an answer came whose verdicts
 * are there. Who is refused as a clone has no session from then on, whatever it had. Does not: decide what an answer means beyond the session.
 */
type Reply = Pick<HelloReply, 'session' | 'verdicts'> & {
  /** The verdicts that came are nobody's whom this agent obeys. */
  readonly unproven?: boolean;
};

export interface SessionOptions<R extends Reply> {
  readonly ask: (session: string | null) => Promise<R>;
  readonly onReply: (reply: R, roundTripMs: number) => void;
  /** A definite no; it is asked again after 15 s all the same, as operators and other machines can change it. */
  readonly onRefused?: (error: AppError) => void;
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
  readonly log: Log;
}

/** Where the centre's keys are strange they are so to every agent, and it may take an operator to change that. */
const backOffMs = { first: 100, longest: 2_000, unproven: 15_000, refused: 15_000 };
/** How long a command may wait for a hello that is under way. */
const settleMs = 2_000;

export class Session<R extends Reply = HelloReply> {
  private granted: string | null = null;
  private wanted = false;
  private insists = false;
  private held = false;
  private running: Promise<void> | undefined;
  private underWay: Promise<unknown> | undefined;
  private endPause: () => void = () => undefined;
  private stopped = false;

  constructor(private readonly options: SessionOptions<R>) {}

  get id(): string | null {
    return this.granted;
  }

  /** Says hello soon: after a start, a reconnect, a lost standing. */
  hello(): void {
    this.insists = true;
    this.helloOnce();
  }

  /** Says hello soon, and leaves it where nobody answers: for what is of use now or not at all. */
  helloOnce(): void {
    this.wanted = true;
    this.endPause();
    if (!this.held) this.running ??= this.run();
  }

  /** Says nothing until `release`, which makes up for what was wanted meanwhile. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    if (this.wanted) this.hello();
  }

  /** The centre knows this session no more: the next hello asks for another. */
  refused(): void {
    this.granted = null;
    this.hello();
  }

  /** Resolves when no hello is under way, or after two seconds. */
  async settled(): Promise<void> {
    if (this.underWay === undefined) return;
    let cancel: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (cancel = this.options.clock.setTimer(resolve, settleMs)));
    await Promise.race([this.underWay, late]);
    cancel();
  }

  stop(): void {
    this.stopped = true;
    this.endPause();
  }

  private async run(): Promise<void> {
    for (let failures = 0; this.wanted && !this.held && !this.stopped;) {
      const insisted = this.insists;
      this.wanted = false;
      this.insists = false;
      const outcome = await this.once(failures);
      if (outcome === 'done') failures = 0;
      else if (insisted) {
        this.wanted = true;
        this.insists = true;
        const longestMs = outcome === 'unproven' ? backOffMs.unproven : backOffMs.longest;
        await this.pause(outcome === 'refused' ? backOffMs.refused : Math.min(backOffMs.first * 2 ** failures, longestMs));
        failures = Math.min(failures + 1, 10);
      }
    }
    this.running = undefined;
  }

  private async once(failures: number): Promise<'done' | 'again' | 'unproven' | 'refused'> {
    const { ask, onReply, clock, log } = this.options;
    const startedMs = clock.monotonicMs();
    try {
      const asking = ask(this.granted).then((reply) => {
        this.granted = reply.session;
        onReply(reply, clock.monotonicMs() - startedMs);
        return reply;
      });
      this.underWay = asking.catch(() => undefined);
      const reply = await asking;
      if (reply.verdicts !== null) return 'done';
      return reply.unproven === true ? 'unproven' : 'again';
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      const passing = code === 'UNAVAILABLE';
      if (code === 'WRONG_SESSION' || code === 'CLONE_REFUSED') this.granted = null;
      log[passing && failures > 0 ? 'debug' : 'warn']({ error }, 'hello was not answered as hoped');
      if (passing || code === 'WRONG_SESSION') return 'again';
      if (error instanceof AppError) this.options.onRefused?.(error);
      return 'refused';
    } finally {
      this.underWay = undefined;
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.clock.setTimer(resolve, ms * (0.8 + Math.random() * 0.4));
      this.endPause = () => (cancel(), resolve());
    });
  }
}
