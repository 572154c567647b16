import type { LogMemory } from '../log-memory.js';
import { maxInlineOutputBytes } from '../run/run-folder.js';
import type { BuiltIn } from './built-in.js';

export const collectAgentLog = (memory: Pick<LogMemory, 'last'>): BuiltIn<'CollectAgentLog'> => ({
  instant: true,
  run: ({ lines, level }) => memory.last(lines, level, maxInlineOutputBytes),
});
