import { Secret } from '@klevr/recipes/secret';

/** What the secrets of a resource are recognized by when they are not at hand any more. */
export const fingerprintsOf = (credentials: ReadonlyMap<string, string>, resourceId: string): Record<string, string> =>
  Object.fromEntries([...credentials].map(([name, value]) => [name, new Secret(name, value, resourceId).fingerprint]));

export const remembered = (secrets: Readonly<Record<string, string>>): ReadonlyMap<string, { readonly fingerprint: string }> =>
  new Map(Object.entries(secrets).map(([name, fingerprint]) => [name, { fingerprint }]));
