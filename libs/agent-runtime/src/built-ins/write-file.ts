import { createHash, randomBytes } from 'node:crypto';
import { copyFile, lstat, mkdir, open, readFile, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Stats } from 'node:fs';
import type { ParametersOf, ResultOf } from '@klevr/contracts/commands';
import { syncFolder } from '../journal/append-file.js';
import type { BuiltIn } from './built-in.js';
import { groupId, userId } from './host-accounts.js';

/**
 * Puts a file in its place.
 * Promises: whoever opens the path sees the old file or the new one, whole, with the mode and owner that it is to have, also after a power failure; content that
 * does not fit its checksum touches nothing; a file that is so already is not touched. A symbolic link at the path is refused, or followed where that is asked
 * for; links among the folders on the way are followed as by any program. Does not: keep hard links or extended attributes of the file that it replaces.
 */
type Parameters = ParametersOf<'WriteFile'>;
interface Wanted {
  readonly mode: number;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

const usualMode = 0o644;
const folderMode = 0o755;

export const writeFileWhole: BuiltIn<'WriteFile'> = {
  instant: false,
  run: async (parameters, { signal }) => {
    const bytes = bytesOf(parameters);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (parameters.sha256 !== undefined && parameters.sha256.toLowerCase() !== sha256) {
      throw new Error(`the content has the SHA-256 ${sha256}, not ${parameters.sha256.toLowerCase()}: nothing was written`);
    }
    const [owner, group] = [await userId(parameters.owner), await groupId(parameters.group)];
    const path = parameters.followSymlink ? await behindLinks(parameters.path) : parameters.path;
    const present = await presentAt(path);
    const wanted = {
      mode:
        parameters.mode === undefined ? (present === undefined ? usualMode : present.mode & 0o7777) : Number.parseInt(parameters.mode, 8),
      uid: owner ?? present?.uid,
      gid: group ?? present?.gid,
    };
    const result: ResultOf<'WriteFile'> = { path, bytes: bytes.length, sha256, changed: true };
    if (present !== undefined && (await isSo(path, present, bytes, wanted))) return { ...result, changed: false };
    signal.throwIfAborted();
    await put(path, bytes, wanted, { ...parameters, mayKeepOwner: owner === undefined && group === undefined, signal, present });
    return result;
  },
};

const bytesOf = ({ content, encoding }: Parameters): Buffer => {
  if (encoding === 'text') return Buffer.from(content);
  const bytes = Buffer.from(content, 'base64');
  // The decoder passes over what is no base64.
  if (bytes.toString('base64').replace(/=+$/, '') !== content.replaceAll(/\s/g, '').replace(/=+$/, ''))
    throw new Error('the content is no base64');
  return bytes;
};

/** The file that the link leads to, also one that is not there yet. */
const behindLinks = async (path: string): Promise<string> => {
  const link = await lstat(path).catch(missing);
  return link?.isSymbolicLink() === true ? realpath(path) : path;
};

const presentAt = async (path: string): Promise<Stats | undefined> => {
  const found = await lstat(path).catch(missing);
  if (found === undefined || found.isFile()) return found;
  const what = found.isSymbolicLink() ? 'a symbolic link (`followSymlink` writes the file that it points to)' : 'no file';
  throw new Error(`${path} is ${found.isDirectory() ? 'a folder' : what}: nothing was written`);
};

const isSo = async (path: string, present: Stats, bytes: Buffer, { mode, uid, gid }: Wanted): Promise<boolean> =>
  present.size === bytes.length &&
  (present.mode & 0o7777) === mode &&
  (uid === undefined || present.uid === uid) &&
  (gid === undefined || present.gid === gid) &&
  (await readFile(path)).equals(bytes);

interface Putting {
  readonly createFolders: boolean;
  readonly backup: boolean;
  readonly mayKeepOwner: boolean;
  readonly signal: AbortSignal;
  readonly present: Stats | undefined;
}

const put = async (path: string, bytes: Buffer, wanted: Wanted, putting: Putting): Promise<void> => {
  const folder = dirname(path);
  if (putting.createFolders) await mkdir(folder, { recursive: true, mode: folderMode });
  const temporary = join(folder, `.${basename(path).slice(0, 200)}.klevr-${randomBytes(6).toString('hex')}`);
  const handle = await open(temporary, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const hint = cause.code === 'ENOENT' ? ' (`createFolders` makes missing folders)' : '';
    throw new Error(`${path} cannot be written: ${cause.message}${hint}`, { cause });
  });
  try {
    await fill(handle, bytes, wanted, putting);
    if (putting.backup && putting.present !== undefined) await keepBackup(path, putting.present);
    // From here on it is put in its place, whatever is asked for.
    putting.signal.throwIfAborted();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(path);
};

/** With its owner before its mode: a change of owner takes the set-user-id bit away. */
const fill = async (handle: FileHandle, bytes: Buffer, { mode, uid, gid }: Wanted, { mayKeepOwner, signal }: Putting): Promise<void> => {
  try {
    await handle.writeFile(bytes, { signal });
    await own(handle, uid, gid, mayKeepOwner);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const own = async (handle: FileHandle, uid: number | undefined, gid: number | undefined, mayKeepOwner: boolean): Promise<void> => {
  const made = await handle.stat();
  const [user, group] = [uid ?? made.uid, gid ?? made.gid];
  if (user === made.uid && group === made.gid) return;
  await handle.chown(user, group).catch((cause: NodeJS.ErrnoException) => {
    // Nobody asked for this owner: it is that of the file before, which the agent must not give files to.
    if (mayKeepOwner && cause.code === 'EPERM') return;
    throw new Error(`the owner cannot be set to ${user}:${group}: ${cause.message}`, { cause });
  });
};

const keepBackup = async (path: string, { mode, uid, gid }: Stats): Promise<void> => {
  const [kept, temporary] = [`${path}.bak`, `${path}.bak.klevr-${randomBytes(6).toString('hex')}`];
  try {
    await copyFile(path, temporary);
    const handle = await open(temporary, 'r');
    try {
      await own(handle, uid, gid, true);
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, kept);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

const missing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
};
