import { isDeepStrictEqual } from 'node:util';

export type Differences = Record<string, { readonly from: unknown; readonly to: unknown }>;

const compared = ['platform', 'environment', 'labels'] as const;

interface Compared {
  readonly platform?: unknown;
  readonly environment?: unknown;
  readonly labels?: unknown;
  readonly settings: object;
}

/** What a change makes another, for people who read the event; settings one by one, as `settings.<name>`. What `next` lacks is not changed. */
export const differences = (before: Compared, next: Compared): Differences => {
  const found: Differences = {};
  const compare = (name: string, from: unknown, to: unknown): void => {
    if (to !== undefined && !isDeepStrictEqual(from, to)) found[name] = { from, to };
  };
  for (const name of compared) compare(name, before[name], next[name]);
  const settings = new Map<string, unknown>(Object.entries(before.settings));
  for (const [name, to] of Object.entries(next.settings)) compare(`settings.${name}`, settings.get(name), to);
  return found;
};
