import type { SourceRef } from '@klevr/contracts/catalogue';
import type { RecipeFile } from '@klevr/recipes/recipe-files';
import { Injectable } from '@nestjs/common';
import { execa } from 'execa';
import { GitAccess, type Auth } from './git-access.js';
import { entriesOf, type RecipeFolder, type TreeEntry } from './git-tree.js';

/** What a person can mend: the address, the name of a branch, a signature. Its message may be shown. */
export class GitProblem extends Error {
  override readonly name = 'GitProblem';
}

export interface GitPlace {
  readonly url: string;
  readonly ref: SourceRef;
  readonly auth: Auth | undefined;
  readonly trustedSigners: readonly string[];
}

const callMs = 120_000;
/** 512 MiB, in the blocks of `ulimit`: of any one file that git writes. */
const largestFileBlocks = 1_048_576;
const largestAnswerBytes = 96 * 1024 * 1024;
/** The limit is inherited by everything that git starts. No text of a caller's is part of the script. */
const limited = `ulimit -f ${largestFileBlocks} && exec git "$@"`;

/** One repository at one moment, fetched into a private folder. */
export class FetchedRepository {
  constructor(
    private readonly run: Run,
    private readonly access: GitAccess,
    readonly commit: string,
  ) {}

  async list(): Promise<TreeEntry[]> {
    return entriesOf((await this.run(['ls-tree', '-r', '-z', '-l', '--full-tree', this.commit])).toString('utf8'));
  }

  /** Sizes were looked at before. Nothing is checked out, so no filter, hook or link of the repository takes effect. */
  async read({ entries }: RecipeFolder): Promise<RecipeFile[]> {
    const objects = await this.run(['cat-file', '--batch'], `${entries.map(({ object }) => object).join('\n')}\n`);
    let offset = 0;
    return entries.map(({ path, mode, object }) => {
      const end = objects.indexOf(0x0a, offset);
      const [id, kind, size] = objects.subarray(offset, end).toString().split(' ');
      if (id !== object || kind !== 'blob') throw new GitProblem(`the repository has no content for ${path}`);
      const data = Buffer.from(objects.subarray(end + 1, end + 1 + Number(size)));
      offset = end + 1 + Number(size) + 1;
      return { path, data, executable: mode === '100755' };
    });
  }

  close(): Promise<void> {
    return this.access.close();
  }
}

type Run = (args: readonly string[], input?: string) => Promise<Buffer>;

/**
 * The program `git`, as the catalogue uses it.
 * Promises: every call ends in time or at the signal, with all that it started; see GitAccess for what it may do. Does not: keep a repository from one sync to
 * the next; whether there is anything new is asked before it is fetched.
 */
@Injectable()
export class GitClient {
  /** The object that the branch or tag is at now: of an annotated tag its own. A commit is itself. */
  async resolve(place: GitPlace, signal: AbortSignal): Promise<string> {
    const { ref } = place;
    if ('commit' in ref) return ref.commit;
    const access = await this.open(place);
    try {
      const name = 'branch' in ref ? `refs/heads/${ref.branch}` : `refs/tags/${ref.tag}`;
      const told = (await runIn(access, signal)(['ls-remote', '--', place.url, name])).toString();
      const line = told.split('\n').find((one) => one.endsWith(`\t${name}`));
      if (line === undefined) throw new GitProblem(`the repository has no ${'branch' in ref ? `branch ${ref.branch}` : `tag ${ref.tag}`}`);
      return line.split('\t')[0] ?? '';
    } finally {
      await access.close();
    }
  }

  /** To be closed. With `signed`, the tag must carry the signature of a trusted signer. */
  async fetch(place: GitPlace, signed: boolean, signal: AbortSignal): Promise<FetchedRepository> {
    const access = await this.open(place);
    try {
      const run = runIn(access, signal);
      await run(['init', '--quiet', '--bare', '--template=']);
      const at = await fetchRef(run, place);
      if (signed) await verify(run, place.ref);
      const commit = (await run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${at}^{commit}`])).toString().trim();
      return new FetchedRepository(run, access, commit);
    } catch (error) {
      await access.close();
      throw error;
    }
  }

  private open({ auth, trustedSigners }: GitPlace): Promise<GitAccess> {
    return GitAccess.open({ auth, trustedSigners, path: '/usr/local/bin:/usr/bin:/bin' });
  }
}

const fetchRef = async (run: Run, { url, ref }: GitPlace): Promise<string> => {
  const fetch = (...refs: string[]): Promise<Buffer> => run(['fetch', '--quiet', '--no-tags', '--depth=1', '--', url, ...refs]);
  if ('branch' in ref) {
    await fetch(`+refs/heads/${ref.branch}:refs/heads/source`);
    return 'refs/heads/source';
  }
  if ('tag' in ref) {
    await fetch(`+refs/tags/${ref.tag}:refs/tags/${ref.tag}`);
    return `refs/tags/${ref.tag}`;
  }
  try {
    await fetch(`+${ref.commit}:refs/heads/source`);
  } catch {
    // A server that gives only what a branch or tag names, by an old protocol.
    await run(['fetch', '--quiet', '--', url, '+refs/heads/*:refs/all/heads/*', '+refs/tags/*:refs/all/tags/*']);
  }
  return ref.commit;
};

/** Of the tag that was asked for, and not of another one that was put in its place under this name. */
const verify = async (run: Run, ref: SourceRef): Promise<void> => {
  const name = 'tag' in ref ? ref.tag : '';
  const refused = (why: string, cause?: unknown): GitProblem => new GitProblem(`the tag ${name} is refused: ${why}`, { cause });
  const kind = (await run(['cat-file', '-t', `refs/tags/${name}`])).toString().trim();
  if (kind !== 'tag') throw refused('it is not an annotated tag, so nobody signed it');
  const header = (await run(['cat-file', 'tag', `refs/tags/${name}`])).toString().split('\n\n', 1)[0]?.split('\n') ?? [];
  if (!header.includes(`tag ${name}`) || !header.includes('type commit')) throw refused('what was signed is another tag');
  // By its whole name: an object whose id is the tag's name would come first otherwise.
  await run(['verify-tag', `refs/tags/${name}`]).catch((cause: unknown) => {
    throw refused('it has no valid signature of a trusted signer', cause);
  });
};

const runIn =
  (access: GitAccess, signal: AbortSignal): Run =>
  async (args, input) => {
    if (signal.aborted) throw new GitProblem('was stopped');
    const child = execa('/bin/sh', ['-c', limited, 'git', '-C', access.repository, ...args], {
      ...{ env: access.environment, extendEnv: false, cwd: access.repository, encoding: 'buffer', maxBuffer: largestAnswerBytes },
      // A group of its own, so that what git started ends with it.
      ...{ detached: true, reject: false, ...(input === undefined ? { stdin: 'ignore' } : { input }) },
    });
    let over: string | undefined;
    const end = (why: string) => (): void => {
      over = why;
      if (child.pid !== undefined) endGroup(child.pid);
    };
    const [onStop, onTime] = [end('was stopped'), end(`gave no answer within ${callMs / 1_000} s`)];
    signal.addEventListener('abort', onStop, { once: true });
    const timer = setTimeout(onTime, callMs);
    try {
      const { exitCode, stdout, stderr, failed, shortMessage } = await child;
      if (over !== undefined) throw new GitProblem(`git ${args[0] ?? ''} ${over}`);
      if (failed)
        throw new GitProblem(
          `git ${args[0] ?? ''}: ${saidIn(stderr) ?? (exitCode === undefined ? shortMessage : `ended with ${exitCode}`)}`,
        );
      return Buffer.from(stdout);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onStop);
    }
  };

const endGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

const saidIn = (stderr: Uint8Array | undefined): string | undefined => {
  const text = Buffer.from(stderr ?? [])
    .toString('utf8')
    .replace(/[^\S\n]+/g, ' ')
    .trim()
    .slice(0, 1_000);
  return text === '' ? undefined : text;
};
