import type { BuiltIn } from './built-in.js';

export interface LeveledLog {
  level: string;
}

export const changeLogLevel = (log: LeveledLog): BuiltIn<'ChangeLogLevel'> => ({
  instant: true,
  run: ({ level }) => {
    const previous = log.level;
    log.level = level;
    return { previous, level };
  },
});
