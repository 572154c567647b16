import satisfies from 'spdx-satisfies';
import type { InstalledPackage, Manifest } from './installed.js';
import type { SupplyChainPolicy } from './policy.js';

/**
 * Whether everything that is shipped may be shipped.
 *
 * Promises: every production package declares an SPDX expression that the allowed licences satisfy, or is an exception with a reason; an
 * exception that nothing needs any more is named too. Does not: read the licence's text, nor judge what only builds and tests use.
 */
export function licenceOf({ license, licenses }: Manifest): string | undefined {
  const names = (license === undefined ? (licenses ?? []) : [license]).map((one) => (typeof one === 'string' ? one : one.type));
  return names.length === 0 ? undefined : names.length === 1 ? names[0] : `(${names.join(' OR ')})`;
}

function isAllowed(licence: string, allowed: readonly string[]): boolean {
  try {
    return satisfies(licence, [...allowed]);
  } catch {
    return false; // no SPDX expression: "SEE LICENSE IN …", "UNLICENSED", a name of somebody's own
  }
}

export function licenceFaults(packages: readonly InstalledPackage[], { allowed, exceptions }: SupplyChainPolicy['licences']): string[] {
  const used = new Set<string>();
  const faults = packages
    .filter(({ production }) => production)
    .flatMap(({ path, name, version, manifest }) => {
      const licence = licenceOf(manifest);
      if (licence !== undefined && isAllowed(licence, allowed)) return [];
      const exception = exceptions.find((one) => one.package === name && one.licence === (licence ?? 'none'));
      if (exception) {
        used.add(name);
        return [];
      }
      return [`${name}@${version} (${path}): its licence is ${licence ?? 'not told'}`];
    });
  const unused = exceptions.filter((one) => !used.has(one.package)).map((one) => `the exception for ${one.package} is not needed any more`);
  return [...faults, ...unused];
}
