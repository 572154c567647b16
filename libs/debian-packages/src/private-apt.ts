/**
 * Fetches Debian packages into a folder without root and without touching the machine's package state: an apt configuration of its own
 * (lists, cache, state) with the machine's proxy settings, mirrors and keys. Promises that apt checked the archive's signature and that
 * `targetDir` appears whole or not at all. Does not run maintainer scripts and does not install anything.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { debianArchives, parseDeb822Sources, parseOneLineSources, toDeb822, type DebianSource } from './debian-sources.js';

const run = promisify(execFile);
const APT_TIMEOUT_MS = 150_000;

export interface FetchOptions {
  sources: DebianSource[];
  packages: string[];
  /** Also fetch what these packages need and the machine does not have. */
  withDependencies: boolean;
  /** Replaced as a whole by the packages' files. */
  targetDir: string;
  /** What apt inherits: its proxy settings. */
  environment: NodeJS.ProcessEnv;
  /** Also takes a signed index that is past the date until which its archive calls it valid. Default: as apt is set. */
  pastItsDate?: boolean;
  signal?: AbortSignal;
}

export async function readMachineSources(): Promise<DebianSource[]> {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(await readText('/etc/os-release'))?.[1]?.replaceAll('"', '') ?? 'stable';
  const sources = parseOneLineSources(await readText('/etc/apt/sources.list'));
  for (const file of await readdir('/etc/apt/sources.list.d').catch(() => [])) {
    const path = join('/etc/apt/sources.list.d', file);
    if (file.endsWith('.sources')) sources.push(...parseDeb822Sources(await readText(path)));
    if (file.endsWith('.list')) sources.push(...parseOneLineSources(await readText(path)));
  }
  return debianArchives(sources, codename);
}

export async function fetchPackages(options: FetchOptions): Promise<void> {
  await mkdir(dirname(options.targetDir), { recursive: true });
  const workDir = await mkdtemp(`${options.targetDir}.fetch-`);
  try {
    const config = await writeAptConfig(workDir, options);
    const archives = join(workDir, 'cache', 'archives');
    const apt = (args: string[], cwd: string): Promise<void> => runApt(config, args, cwd, options);
    await apt(['update'], workDir);
    if (options.withDependencies) {
      await apt(['install', '--yes', '--no-install-recommends', '--download-only', ...options.packages], workDir);
    } else {
      await apt(['download', ...options.packages], archives);
    }
    const files = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
    if (files.length === 0) throw new Error(`apt fetched no file for ${options.packages.join(', ')}`);
    const root = join(workDir, 'root');
    await mkdir(root);
    for (const file of files)
      await run('dpkg-deb', ['-x', join(archives, file), root], {
        timeout: APT_TIMEOUT_MS,
      });
    await rm(options.targetDir, { recursive: true, force: true });
    await rename(root, options.targetDir);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function writeAptConfig(workDir: string, { sources, pastItsDate = false }: FetchOptions): Promise<string> {
  for (const dir of ['state', 'lists/partial', 'cache/archives/partial', 'preferences'])
    await mkdir(join(workDir, dir), { recursive: true });
  await writeFile(join(workDir, 'debian.sources'), toDeb822(sources));
  // The machine's hooks (clean-up in container images, notifiers) expect root and the machine's own folders.
  const hooks = ['APT::Update::Pre-Invoke', 'APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success', 'DPkg::Pre-Invoke'];
  const settings: Record<string, string> = {
    'Dir::State': join(workDir, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::State::lists': join(workDir, 'lists'),
    'Dir::Cache': join(workDir, 'cache'),
    'Dir::Cache::archives': join(workDir, 'cache', 'archives'),
    'Dir::Etc::sourcelist': join(workDir, 'debian.sources'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferences': join(workDir, 'preferences', 'none'),
    'Dir::Etc::preferencesparts': join(workDir, 'preferences'),
    // As root apt would otherwise download as `_apt`, who may not enter this folder.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
    'Debug::NoLocking': 'true',
    // A mirror that does not answer is the fault to tell, not the packages then missing.
    'APT::Update::Error-Mode': 'any',
    ...(pastItsDate ? { 'Acquire::Check-Valid-Until': 'false' } : {}),
  };
  const file = join(workDir, 'apt.conf');
  const lines = [...hooks.map((name) => `#clear ${name};`), ...Object.entries(settings).map(([name, value]) => `${name} "${value}";`)];
  await writeFile(file, lines.join('\n').concat('\n'));
  return file;
}

async function runApt(config: string, args: string[], cwd: string, { environment, signal }: FetchOptions): Promise<void> {
  const env = {
    ...environment,
    LC_ALL: 'C',
    DEBIAN_FRONTEND: 'noninteractive',
  };
  try {
    await run('apt-get', ['-c', config, '-q', ...args], {
      cwd,
      env,
      timeout: APT_TIMEOUT_MS,
      signal,
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (cause) {
    throw new Error(aptComplaint(cause), { cause });
  }
}

function aptComplaint(cause: unknown): string {
  if (textIn(cause, 'code') === 'ENOENT') return 'apt-get is not on this machine';
  const said = textIn(cause, 'stderr')
    .split('\n')
    .find((line) => line.startsWith('E:'));
  return said?.slice(2).trim() ?? textIn(cause, 'message').split('\n', 1)[0] ?? '';
}

/** By shape, not `instanceof Error`: under a test runner's sandbox Node's own errors are of another realm's class. */
const textIn = (error: unknown, field: string): string => {
  const value = typeof error === 'object' && error !== null ? (error as Readonly<Record<string, unknown>>)[field] : undefined;
  return typeof value === 'string' ? value : '';
};

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
