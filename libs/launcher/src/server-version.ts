/** The oldest servers that Klevr runs with. */
export const MIN_VERSIONS = {
  'nats-server': '2.11.0',
  mariadb: '10.11.0',
  redis: '7.0.0',
} as const;

/** The first x.y or x.y.z in a program's own words, e.g. `mariadbd  Ver 10.11.14-MariaDB` → `10.11.14`. */
export function versionIn(text: string): string | undefined {
  return /\d+\.\d+(?:\.\d+)?/.exec(text)?.[0];
}

/** Compares dotted numbers; a missing part counts as 0. */
export function isAtLeast(version: string, minimum: string): boolean {
  const have = version.split('.').map(Number);
  const want = minimum.split('.').map(Number);
  for (let i = 0; i < want.length; i += 1) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
