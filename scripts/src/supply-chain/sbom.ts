import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isProduction, lockedPackages, ownFolders, type LockFile } from './lock-file.js';

/**
 * The list of what is shipped, from what `npm sbom` says.
 *
 * Promises: one lock file gives one text, wherever and whenever it is made: sorted, no clock, a serial number that is a hash of the rest.
 * Which packages are shipped is read from the lock file: `npm sbom --omit=dev` also omits what somebody needs for development besides.
 * Does not: list what npm does not install (Node itself, the servers of the system).
 */
const Component = z.looseObject({
  'bom-ref': z.string(),
  name: z.string(),
  version: z.string(),
  hashes: z.array(z.looseObject({ alg: z.string() })).optional(),
  licenses: z.array(z.unknown()).optional(),
});
const Dependency = z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).optional() });
const Bom = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  serialNumber: z.string().optional(),
  metadata: z.looseObject({ timestamp: z.string().optional(), component: Component }),
  components: z.array(Component),
  dependencies: z.array(Dependency),
});
export type Bom = z.infer<typeof Bom>;

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A name-based UUID (version 8: the maker's own hash). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const refOf = ({ name, version }: { name: string; version: string }): string => `${name}@${version}`;

/** Of everything that npm lists. npm names the root after the folder that it lies in, and writes the time and a random number. */
export function settled(output: unknown, lock: LockFile): Bom {
  const { serialNumber: _random, metadata, components, dependencies, ...rest } = Bom.parse(output);
  const { timestamp: _now, component, ...others } = metadata;
  const own = ownFolders(lock).map((folder) =>
    refOf({ name: lock.packages[folder]?.name ?? '', version: lock.packages[folder]?.version ?? '' }),
  );
  const kept = new Set([...own, ...lockedPackages(lock).filter(isProduction).map(refOf)]);
  const bom = {
    ...rest,
    metadata: { ...others, component: { ...component, name: lock.packages['']?.name ?? component.name } },
    components: components.filter((one) => kept.has(one['bom-ref'])).toSorted((a, b) => byText(a['bom-ref'], b['bom-ref'])),
    dependencies: dependencies
      .filter(({ ref }) => kept.has(ref))
      .map((one) => (one.dependsOn ? { ...one, dependsOn: one.dependsOn.filter((ref) => kept.has(ref)).toSorted(byText) } : one))
      .toSorted((a, b) => byText(a.ref, b.ref)),
  };
  return { ...bom, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(bom))}` };
}

/** What the list lacks of the lock file's production packages, and components without hash or licence. */
export function sbomFaults({ components }: Bom, lock: LockFile): string[] {
  const listed = new Map(components.map((one) => [one['bom-ref'], one]));
  const faults = lockedPackages(lock)
    .filter(isProduction)
    .flatMap((one) => {
      const ref = refOf(one);
      const component = listed.get(ref);
      if (component === undefined) return [`${ref} lacks`];
      // What the lock file does not know of a binary for another system, the list cannot say.
      if (one.entry.integrity === undefined) return [];
      return [
        ...(component.hashes?.some(({ alg }) => alg === 'SHA-512') ? [] : [`${ref} has no SHA-512`]),
        ...(component.licenses?.length ? [] : [`${ref} has no licence`]),
      ];
    });
  return [...new Set(faults)];
}
