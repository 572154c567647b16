import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { addressKeyOf } from '../protection/address-key.js';
import { LimitsService, type Limit } from '../protection/limits.service.js';
import { type BackOffRule, LONGEST_PAUSE_SECONDS, pauseSeconds } from './back-off.js';
import { SessionsStore } from './sessions.store.js';

const DAY_SECONDS = 86_400;
/** One person at one address. */
const person: BackOffRule = { threshold: 5, windowSeconds: DAY_SECONDS };
/** A name from everywhere: guessing by many addresses. */
const name: BackOffRule = { threshold: 100, windowSeconds: DAY_SECONDS };
/** An address with any names: one password tried with many names. */
const place: BackOffRule = { threshold: 50, windowSeconds: 3_600 };

/** What was tried for one key, and how long it has to wait. */
class Account {
  private readonly failures: Limit;
  private readonly gate: Limit;

  constructor(
    limits: LimitsService,
    id: string,
    private readonly rule: BackOffRule,
  ) {
    this.failures = limits.limit({ name: `tries-${id}`, points: rule.threshold, seconds: rule.windowSeconds });
    this.gate = limits.limit({ name: `tries-${id}-pause`, points: 1, seconds: LONGEST_PAUSE_SECONDS });
  }

  /** Throws RATE_LIMITED while the pause after the failures so far lasts. */
  refusePaused(key: string): Promise<void> {
    return this.gate.check(key);
  }

  /** As a failure until it is known better. The pause begins with this step, so of many that come at once few get through. */
  async count(key: string): Promise<void> {
    const { points } = await this.failures.penalty(key);
    const pause = pauseSeconds(points, this.rule);
    if (pause > 0) await this.gate.consume(key, 1, pause);
  }

  /** A failure that has happened. */
  async note(key: string): Promise<void> {
    // A pause that another one has begun is enough.
    await this.count(key).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
  }

  async takeBack(key: string): Promise<void> {
    await Promise.all([this.failures.penalty(key, -1), this.gate.reset(key)]);
  }

  async forget(key: string): Promise<void> {
    await Promise.all([this.failures.reset(key), this.gate.reset(key)]);
  }
}

/**
 * Slows down who guesses passwords.
 *
 * Promises: after five failures in a row a name pauses for an address, longer after each further one; after many more, a name pauses everywhere, and an
 * address for all names. Names that do not exist count as well, so nothing is told by it. Whoever has a session from the address they sign in from meets
 * the first pause only: nobody else's failures keep them out. A success forgets what was counted for that person there.
 * Does not promise: that many addresses together cannot slow down somebody who signs in from a new one.
 */
@Injectable()
export class AttemptsService {
  private readonly persons: Account;
  private readonly names: Account;
  private readonly places: Account;

  constructor(
    limits: LimitsService,
    private readonly sessions: SessionsStore,
    private readonly clock: Clock,
  ) {
    this.persons = new Account(limits, 'person', person);
    this.names = new Account(limits, 'name', name);
    this.places = new Account(limits, 'place', place);
  }

  /** Does `attempt`, unless there is a pause: then it throws RATE_LIMITED. Undefined from the attempt is a failure. */
  async guard<T>(username: string, address: string, attempt: () => Promise<T | undefined>): Promise<T | undefined> {
    const place = addressKeyOf(address);
    const [pair, byName] = [keyOf(username, place), keyOf(username)];
    await this.persons.refusePaused(pair);
    await this.refuseStranger(username, address, byName, place);
    await this.persons.count(pair);
    const found = await this.orTakenBack(pair, attempt);
    if (found === undefined) await Promise.all([this.names.note(byName), this.places.note(place)]);
    // An address keeps its count: somebody who has a password of their own could else guess on behind it.
    else await Promise.all([this.persons.forget(pair), this.names.forget(byName)]);
    return found;
  }

  /** What was not decided, since the database is away or too many are being verified, was no failure. */
  private async orTakenBack<T>(pair: string, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      await this.persons.takeBack(pair);
      throw error;
    }
  }

  private async refuseStranger(username: string, address: string, byName: string, place: string): Promise<void> {
    try {
      await Promise.all([this.names.refusePaused(byName), this.places.refusePaused(place)]);
    } catch (refused) {
      const isKnown = await this.sessions.isKnownAddress(username, address, new Date(this.clock.nowMs()));
      if (!isKnown) throw refused;
    }
  }
}

/** Names are up to the caller: of any length, in any script. */
const keyOf = (...parts: string[]): string => hash('sha256', JSON.stringify(parts)).slice(0, 32);
