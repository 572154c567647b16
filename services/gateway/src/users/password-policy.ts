import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/**
 * What a password has to be (NIST SP 800-63B): long, and not one that somebody would try; no rules about kinds of characters, no changes by the calendar.
 *
 * Promises: names every fault; bounded work, since the estimate takes longer than linearly, so that it sees the first 64 characters only, which have
 * to be good enough by themselves.
 * Does not promise: to know what has leaked elsewhere, beyond the common passwords in the dictionary.
 */
const SHORTEST = 12;
const LONGEST = 1_024;
const ESTIMATED = 64;
/** Of 0 to 4: would take more than 10^8 guesses. */
const GOOD_SCORE = 3;
/** Shorter names stand in many a good password by chance. */
const SHORTEST_NAME = 4;

let estimator: ZxcvbnFactory | undefined;

/** Made at the first use: the dictionaries take some megabytes. */
const estimate = (): ZxcvbnFactory => (estimator ??= new ZxcvbnFactory({ dictionary: { ...dictionary }, graphs: adjacencyGraphs }));

/** Empty for a good password. `person` is what others know of whoever will have it. */
export function passwordFaults(password: string, person: { readonly username: string; readonly displayName?: string | null }): string[] {
  const { length } = Array.from(password);
  const faults: string[] = [];
  if (length < SHORTEST) faults.push(`must have at least ${SHORTEST} characters`);
  if (password.length > LONGEST) faults.push(`must have at most ${LONGEST} characters`);
  const name = person.username.toLowerCase();
  if (name.length >= SHORTEST_NAME && password.toLowerCase().includes(name)) faults.push('must not contain the user name');
  const known = ['klevr', person.username, ...(person.displayName?.split(/\s+/) ?? [])].filter((word) => word !== '');
  const { score, feedback } = estimate().check(password.slice(0, ESTIMATED), known);
  if (score < GOOD_SCORE) faults.push(`is too easy to guess${reasons[feedback.warning ?? ''] ?? ''}`);
  return faults;
}

/** By the keys of the library's own texts. */
const reasons: Readonly<Record<string, string>> = {
  topTen: ': it is one of the most common passwords',
  topHundred: ': it is one of the most common passwords',
  common: ': it is a common password',
  similarToCommon: ': it is like a common password',
  simpleRepeat: ': it repeats itself',
  extendedRepeat: ': it repeats itself',
  sequences: ': it is a sequence of characters',
  straightRow: ': its keys stand in a row',
  keyPattern: ': its keys make a pattern',
  wordByItself: ': it is a single word',
  dates: ': it is a date',
  recentYears: ': it is a year',
  userInputs: ': it is made of names',
};
