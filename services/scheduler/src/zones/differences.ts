import { isDeepStrictEqual } from 'node:util';

export type Differences = Record<string, { readonly from: unknown; readonly to: unknown }>;

const compared = ['platform', 'environment', 'labels'] as const;

interface Compared {
  readonly platform: unknown;
  readonly environment: unknown;
  readonly labels: unknown;
  readonly settings: object;
}

/** What is another afterwards, for people who read the event: settings one by one, as `settings.<name>`. */
export const differences = (before: Compared, after: Compared): Differences => {
  const found: Differences = {};
  const compare = (name: string, from: unknown, to: unknown): void => {
    if (!isDeepStrictEqual(from, to)) found[name] = { from: from ?? null, to };
  };
  for (const name of compared) compare(name, before[name], after[name]);
  const settings = new Map<string, unknown>(Object.entries(before.settings));
  for (const [name, to] of Object.entries(after.settings)) compare(`settings.${name}`, settings.get(name), to);
  return found;
};
