import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isProduction, lockedPackages, type LockFile } from './lock-file.js';

const Named = z.union([z.string(), z.object({ type: z.string() })]);
export const Manifest = z.object({
  license: Named.optional(),
  /** How packages of long ago said it. */
  licenses: z.array(Named).optional(),
  scripts: z.record(z.string(), z.string()).optional(),
});
export type Manifest = z.infer<typeof Manifest>;

/** A package as it lies in node_modules: what it says itself, which is what would be shipped and run. */
export interface InstalledPackage {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly production: boolean;
  readonly manifest: Manifest;
  /** npm compiles what has one, as if it had an install script. */
  readonly hasGypFile: boolean;
}

export const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** Without those that npm left out because they are for another system. A required one that lacks is an error: then nothing can be said. */
export const installedPackages = (root: string, lock: LockFile): InstalledPackage[] =>
  lockedPackages(lock).flatMap((one) => {
    const folder = join(root, one.path);
    if (one.entry.optional === true && !existsSync(join(folder, 'package.json'))) return [];
    return [
      {
        path: one.path,
        name: one.name,
        version: one.version,
        production: isProduction(one),
        manifest: Manifest.parse(readJson(join(folder, 'package.json'))),
        hasGypFile: existsSync(join(folder, 'binding.gyp')),
      },
    ];
  });
