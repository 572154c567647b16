// The checks of the packages that this project installs: `packages`, `licences` and `advisories`; `sbom` writes the list of what is shipped.
// Exit code 0: nothing found. 1: faults, each on a line. 75: could not be checked, and says why.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { z } from 'zod';
import { auditOutcome } from './advisories.js';
import { installScriptFaults } from './install-scripts.js';
import { installedPackages, Manifest, readJson } from './installed.js';
import { licenceFaults } from './licences.js';
import { LockFile, lockFaults, ownFolders } from './lock-file.js';
import { SupplyChainPolicy } from './policy.js';
import { sbomFaults, settled } from './sbom.js';

const NOT_CHECKED = 75;
const AUDIT_TIMEOUT_MS = 60_000;
const SBOM_TIMEOUT_MS = 60_000;
const SBOM_FILE = 'reports/sbom.cdx.json';

const root = resolve(import.meta.dirname, '..', '..', '..');
const lock = LockFile.parse(readJson(join(root, 'package-lock.json')));
const policy = SupplyChainPolicy.parse(readJson(join(root, 'scripts', 'supply-chain.json')));

function told(faults: readonly string[]): number {
  for (const fault of faults) console.error(fault);
  return faults.length > 0 ? 1 : 0;
}

/** What npm prints on its standard output; it ends with other codes than 0 when it finds something. */
const npm = (args: string[], timeoutMs: number): Promise<string> =>
  new Promise((done) => {
    const options = { cwd: root, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 } as const;
    execFile('npm', args, options, (_error, stdout) => done(stdout));
  });

function checkPackages(): number {
  const manifest = z.object({ allowScripts: z.record(z.string(), z.unknown()) }).parse(readJson(join(root, 'package.json')));
  const own = ownFolders(lock).map((folder) => {
    const path = join(folder, 'package.json');
    return { path, scripts: Manifest.parse(readJson(join(root, path))).scripts ?? {} };
  });
  const installed = installedPackages(root, lock);
  const npmrc = readFileSync(join(root, '.npmrc'), 'utf8');
  return told([
    ...lockFaults(lock),
    ...installScriptFaults({ own, lock, installed, npmrc, allowScripts: manifest.allowScripts, reasons: policy.installScripts }),
  ]);
}

const checkLicences = (): number => told(licenceFaults(installedPackages(root, lock), policy.licences));

async function checkAdvisories(): Promise<number> {
  const output = await npm(['audit', '--json', '--fetch-retries=1', '--fetch-timeout=20000'], AUDIT_TIMEOUT_MS);
  const { faults, notChecked } = auditOutcome(output, policy.advisories, new Date().toISOString().slice(0, 10));
  if (notChecked !== undefined) console.error(`not checked: the registry gave no advisories: ${notChecked}`);
  return told(faults) || (notChecked === undefined ? 0 : NOT_CHECKED);
}

async function writeSbom(): Promise<number> {
  const output = await npm(['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], SBOM_TIMEOUT_MS);
  const bom = settled(JSON.parse(output), lock);
  const text = `${JSON.stringify(bom, null, 2)}\n`;
  const invalid: unknown = await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(text);
  const faults = [...sbomFaults(bom, lock), ...(invalid === null ? [] : [`not CycloneDX 1.5: ${JSON.stringify(invalid).slice(0, 2000)}`])];
  if (faults.length > 0) return told(faults);
  mkdirSync(join(root, 'reports'), { recursive: true });
  writeFileSync(join(root, SBOM_FILE), text);
  console.log(`${SBOM_FILE}: CycloneDX ${bom.specVersion}, ${bom.components.length} components, ${bom.serialNumber ?? ''}`);
  return 0;
}

const commands: Readonly<Record<string, () => number | Promise<number>>> = {
  packages: checkPackages,
  licences: checkLicences,
  advisories: checkAdvisories,
  sbom: writeSbom,
};
const command = commands[process.argv[2] ?? ''];
if (command === undefined) {
  console.error(`one of: ${Object.keys(commands).join(', ')}`);
  process.exitCode = 1;
} else process.exitCode = await command();
