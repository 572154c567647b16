// Completes package-lock.json with the packages of other platforms that npm left out because the registry in use does not have them.
// Without an entry, `npm ci` asks the registry for each and fails; with one, it sees that the platform is another and moves on.
// With --check nothing is written and an incomplete file means exit code 1. The system and processor are read from the package's name, as all these packages are named after them. Changes nothing when nothing is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];
const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

const path = resolve(import.meta.dirname, '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));

function platformOf(name) {
  const words = name.split(/[-/]/);
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  const libc = ['musl', 'musleabihf'].some((word) => words.includes(word))
    ? 'musl'
    : ['gnu', 'gnueabihf', 'glibc'].some((word) => words.includes(word))
      ? 'glibc'
      : undefined;
  return os && cpu ? { cpu: [cpu], ...(os === 'linux' && libc ? { libc: [libc] } : {}), os: [os] } : undefined;
}

const missing = {};
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${parent}/node_modules/${name}`;
    if (lock.packages[nested] || lock.packages[`node_modules/${name}`]) continue;
    const platform = platformOf(name);
    if (!platform || !EXACT_VERSION.test(version)) throw new Error(`${parent} wants ${name}@${version}, which is not in the lock file`);
    missing[`node_modules/${name}`] = { version, ...platform, ...(entry.dev ? { dev: true } : {}), optional: true };
  }
}

const count = Object.keys(missing).length;
if (process.argv.includes('--check')) {
  if (count > 0) console.error(`package-lock.json lacks ${count} packages of other platforms; run: npm run lock:complete`);
  process.exit(count > 0 ? 1 : 0);
}

const sorted = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries(sorted);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${count} packages of other platforms added`);
