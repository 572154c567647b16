import type { Hello } from '@klevr/contracts/presence';

/** One figure to rank by: running work first, then how busy the processor is. */
export const loadScoreOf = ({ runs, cpu }: Hello['load']): number => runs + Math.min(Math.max(cpu, 0), 1000) / 1000;
