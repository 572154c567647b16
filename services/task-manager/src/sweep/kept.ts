/** How long things are kept. */
export interface Kept {
  /** Finished tasks with their runs, attempts, steps, callbacks and deliveries. */
  readonly tasksDays: number;
  /** What their runs wrote. With the task it goes at the latest. */
  readonly logsDays: number;
}

/**
 * Besides: facts and events that were refused, and which agents, journals and zones are gone (far longer than a process lives that may remember one of them).
 */
export const keptDays = { refused: 30, gone: 180 } as const;

/** What is older goes. */
export interface Cutoffs {
  readonly tasks: Date;
  readonly logs: Date;
  readonly refused: Date;
  readonly gone: Date;
}

export const cutoffsOf = ({ tasksDays, logsDays }: Kept, now: Date): Cutoffs => {
  const ago = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
  return { tasks: ago(tasksDays), logs: ago(logsDays), refused: ago(keptDays.refused), gone: ago(keptDays.gone) };
};
