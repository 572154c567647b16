import type { InstalledPackage } from './installed.js';
import { lockedPackages, type LockFile } from './lock-file.js';
import type { SupplyChainPolicy } from './policy.js';

/**
 * That installing runs no code.
 *
 * Promises: no package of the workspace has a script that npm runs by itself, and the packages of others that have one are exactly those
 * that `allowScripts` refuses, each with a reason why it works without. Does not: say anything about what a package does when it is used.
 */
const ofInstallation = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare', 'dependencies'];
const ofPackages = ['preinstall', 'install', 'postinstall'];

export interface OwnManifest {
  readonly path: string;
  readonly scripts: Readonly<Record<string, string>>;
}

export interface InstallScriptsInput {
  readonly own: readonly OwnManifest[];
  readonly lock: LockFile;
  readonly installed: readonly InstalledPackage[];
  /** Of the root's package.json. */
  readonly allowScripts: Readonly<Record<string, unknown>>;
  /** The text of .npmrc: npm versions that do not know `allowScripts` obey it. */
  readonly npmrc: string;
  readonly reasons: SupplyChainPolicy['installScripts'];
}

const hasInstallScript = ({ manifest, hasGypFile }: InstalledPackage): boolean =>
  hasGypFile || ofPackages.some((name) => manifest.scripts?.[name] !== undefined);

export function installScriptFaults({ own, lock, installed, allowScripts, npmrc, reasons }: InstallScriptsInput): string[] {
  const ours = own.flatMap(({ path, scripts }) =>
    ofInstallation
      .filter((name) => scripts[name] !== undefined)
      .map((name) => `${path}: has the script ${name}, which npm runs at installation`),
  );
  const withScripts = new Set([
    ...lockedPackages(lock)
      .filter(({ entry }) => entry.hasInstallScript === true)
      .map(({ name }) => name),
    ...installed.filter(hasInstallScript).map(({ name }) => name),
  ]);
  const refused = Object.entries(allowScripts);
  return [
    ...ours,
    ...(/^ignore-scripts=true$/m.test(npmrc) ? [] : ['.npmrc: lacks ignore-scripts=true']),
    ...[...withScripts]
      .filter((name) => allowScripts[name] === undefined)
      .map((name) => `${name} has an install script and does not stand in allowScripts`),
    ...refused.filter(([, runs]) => runs !== false).map(([name]) => `allowScripts lets ${name} run its install script`),
    ...refused.filter(([name]) => !withScripts.has(name)).map(([name]) => `allowScripts names ${name}, which has no install script`),
    ...refused.filter(([name]) => reasons[name] === undefined).map(([name]) => `allowScripts names ${name} without a reason`),
    ...Object.keys(reasons)
      .filter((name) => allowScripts[name] === undefined)
      .map((name) => `there is a reason for ${name}, which does not stand in allowScripts`),
  ];
}
