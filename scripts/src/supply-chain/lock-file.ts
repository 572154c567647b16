import { z } from 'zod';

/**
 * What package-lock.json says about the packages of others.
 *
 * Promises: an entry that npm could install without proof of what it is (no integrity, a source other than a registry) is named.
 * Does not: prove that the registry itself hands out what its maintainers wrote; the hash fixes what was seen when the lock file was made.
 */
const LockEntry = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  link: z.boolean().optional(),
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
});
type LockEntry = z.infer<typeof LockEntry>;

export const LockFile = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), LockEntry) });
export type LockFile = z.infer<typeof LockFile>;

export interface LockedPackage {
  /** Folder from the root of the workspace. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly entry: LockEntry;
}

const marker = 'node_modules/';

/** Packages from elsewhere; those of the workspace and the links to them are left out. */
export const lockedPackages = ({ packages }: LockFile): LockedPackage[] =>
  Object.entries(packages)
    .filter(([path, { link }]) => path.includes(marker) && link !== true)
    .map(([path, entry]) => ({
      path,
      name: entry.name ?? path.slice(path.lastIndexOf(marker) + marker.length),
      version: entry.version ?? '',
      entry,
    }));

/** The folders of the workspace's own packages, the root (``) among them. */
export const ownFolders = ({ packages }: LockFile): string[] => Object.keys(packages).filter((path) => !path.includes(marker));

/** Needed by what runs, not only by those who build and test it. */
export const isProduction = ({ entry }: LockedPackage): boolean => entry.dev !== true;

/** Binaries for another system that the registry in use did not have: npm skips them here, and would ask a registry where they fit. */
const isOfAnotherPlatform = ({ entry }: LockedPackage): boolean =>
  entry.optional === true && entry.os !== undefined && entry.cpu !== undefined;

export function lockFaults(lock: LockFile): string[] {
  return lockedPackages(lock).flatMap((one) => {
    const { path, entry } = one;
    const faults: string[] = [];
    if (one.version === '') faults.push(`${path}: no version`);
    if (entry.resolved !== undefined && !/^https:\/\/[^@]+\.tgz$/.test(entry.resolved))
      faults.push(`${path}: comes from ${entry.resolved.replace(/\/\/[^@/]+@/, '//…@')}, not from a registry over https`);
    const isProven = entry.inBundle === true || entry.integrity?.startsWith('sha512-') === true;
    if (!isProven && !isOfAnotherPlatform(one)) faults.push(`${path}: no sha512 of what has to be installed`);
    return faults;
  });
}
