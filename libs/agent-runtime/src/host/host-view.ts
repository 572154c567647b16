import type { HostFacts } from '@klevr/contracts/agent';
import { collectHostFacts, collectHostFactsAnew } from './host-facts.js';

/** What this process tells of its host: what it finds, and what the program itself can do. */
export interface HostView {
  readonly known: () => Promise<HostFacts>;
  readonly anew: () => Promise<HostFacts>;
}

export const hostViewOf = (path: string, own: () => HostFacts['capabilities'] = () => ({})): HostView => {
  const withOwn = (facts: HostFacts): HostFacts => ({ ...facts, capabilities: { ...facts.capabilities, ...own() } });
  return { known: async () => withOwn(await collectHostFacts(path)), anew: async () => withOwn(await collectHostFactsAnew(path)) };
};
