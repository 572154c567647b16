import { AppError } from '@klevr/contracts/errors';
import { hash, verify } from '@node-rs/argon2';

/**
 * argon2id with the parameters that OWASP recommends (19 MiB, 2 passes).
 *
 * Promises: at most two at a time, since each takes a thread and its memory for tens of milliseconds; a bounded number waits, the others are
 * told to come back. Verifying against no user takes as long as against one.
 */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const present = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;
const MAX_RUNNING = 2;
const MAX_WAITING = 64;

export class PasswordHasher {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private stranger: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(sameForm(password), parameters));
  }

  /** `undefined` stands for a user that does not exist: the answer is false, after the same work. */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    this.stranger ??= hash('nobody', parameters);
    const against = stored ?? (await this.stranger);
    const matches = await this.inTurn(() => verify(against, sameForm(password)));
    return matches && stored !== undefined;
  }

  /** Whether it was made with other parameters than new ones are. */
  isOutdated(stored: string): boolean {
    return !stored.startsWith(present);
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < MAX_RUNNING) this.running++;
    else {
      if (this.waiting.length >= MAX_WAITING) throw new AppError('RATE_LIMITED', 'Too many sign-ins at once', { retryAfterSeconds: 2 });
      // Whoever ends hands its place over, so the number running stays the same.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}

/** However a keyboard composes its accents (NIST SP 800-63B, 3.1.1.2). */
const sameForm = (password: string): string => password.normalize('NFKC');
