/**
 * How long nobody may try after so many failures in a row: nothing at first, then 1, 2, 4 … seconds, up to a quarter of an hour. Slow enough for who
 * guesses, and over before a person gives up.
 */
export interface BackOffRule {
  /** The first failure that is followed by a pause. */
  readonly threshold: number;
  /** Failures longer ago than this are forgotten. */
  readonly windowSeconds: number;
}

export const LONGEST_PAUSE_SECONDS = 900;

export const pauseSeconds = (failures: number, { threshold }: BackOffRule): number =>
  failures < threshold ? 0 : Math.min(LONGEST_PAUSE_SECONDS, 2 ** Math.min(failures - threshold, 30));
