import { LogMemory } from '../log-memory.js';
import type { AgentHost } from '../run/built-in-commands.js';

/** An agent on which nothing else runs and whose end nobody can see. */
export const agentHost = (changes: Partial<AgentHost> = {}): AgentHost => ({
  collectFacts: () => Promise.reject(new Error('no facts here')),
  logLevel: { level: 'info' },
  logMemory: new LogMemory(),
  runs: () => ({ others: () => [] }),
  departure: () => ({ begin: () => undefined }),
  ...changes,
});
