import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { recipeLimits } from '@klevr/contracts/recipe';
import { unpack } from '@klevr/recipes/archive';
import { readRecipe, type GoodRecipe } from '@klevr/recipes/read-recipe';
import { digestOf, readFolder } from '@klevr/recipes/recipe-files';
import { writeFiles } from '@klevr/recipes/write-files';
import type { AsksCentre } from './centre.js';

/**
 * Recipes on this worker's disk, by their digest.
 * Promises: what is opened has the digest that the command was signed with, whoever had the disk or the wire in between; those that were not used for longest go
 * first where room is short, and none that is in use. Does not: keep one that somebody changed.
 */
export interface OpenRecipe extends GoodRecipe {
  readonly folder: string;
  readonly digest: string;
}

export interface RecipeCacheOptions {
  readonly folder: string;
  readonly mostBytes: number;
  readonly centre: Pick<AsksCentre, 'insist'>;
  /** Digests that stay, as resources of this worker are made of them. */
  readonly inUse: () => ReadonlySet<string>;
}

const plainDigest = /^[0-9a-f]{64}$/;
/** What compresses badly is a little larger than it was. */
const mostArchiveBytes = recipeLimits.bytes + 2 * 1024 * 1024;

export class RecipeCache {
  private readonly opening = new Map<string, Promise<OpenRecipe>>();
  private readonly held = new Map<string, number>();

  constructor(private readonly options: RecipeCacheOptions) {}

  async open(digest: string, signal: AbortSignal): Promise<OpenRecipe> {
    if (!plainDigest.test(digest)) throw new Error('the digest of the recipe is none');
    for (let others = this.opening.get(digest); others !== undefined; others = this.opening.get(digest)) {
      const opened = await others.catch(() => undefined);
      if (opened !== undefined) return opened;
      // What ended the one that asked first is no reason for this one.
      signal.throwIfAborted();
    }
    const opening = this.openOnce(digest, signal).finally(() => this.opening.delete(digest));
    this.opening.set(digest, opening);
    return opening;
  }

  /** Its files stay until it is let go, once for each hold. */
  hold(digest: string): () => void {
    this.held.set(digest, (this.held.get(digest) ?? 0) + 1);
    return () => {
      const holders = (this.held.get(digest) ?? 1) - 1;
      if (holders > 0) this.held.set(digest, holders);
      else this.held.delete(digest);
    };
  }

  /** From the disk alone. */
  async find(digest: string): Promise<OpenRecipe | undefined> {
    const folder = join(this.options.folder, digest);
    if ((await stat(folder).catch(() => undefined)) === undefined) return undefined;
    const { files } = await readFolder(folder);
    if (digestOf(files) !== digest) {
      await rm(folder, { recursive: true, force: true });
      return undefined;
    }
    const now = new Date();
    await utimes(folder, now, now);
    const recipe = readRecipe(files);
    if ('faults' in recipe)
      throw new Error(`the recipe has faults: ${recipe.faults.map(({ file, message }) => `${file}: ${message}`).join('; ')}`);
    return { ...recipe, folder, digest };
  }

  private async openOnce(digest: string, signal: AbortSignal): Promise<OpenRecipe> {
    const known = await this.find(digest);
    if (known !== undefined) return known;
    const files = await unpack(await this.fetch(digest, signal), digest);
    await mkdir(this.options.folder, { recursive: true, mode: 0o700 });
    await this.makeRoom(files.reduce((sum, { data }) => sum + data.length, 0));
    const fresh = join(this.options.folder, `${digest}.new`);
    await rm(fresh, { recursive: true, force: true });
    await writeFiles(files, fresh);
    await rename(fresh, join(this.options.folder, digest));
    const opened = await this.find(digest);
    if (opened === undefined) throw new Error('the recipe could not be kept on disk');
    return opened;
  }

  private async fetch(digest: string, signal: AbortSignal): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let offset = 0; ;) {
      const { data, bytes } = await this.options.centre.insist('files', { digest, offset }, signal);
      if (bytes > mostArchiveBytes) throw new Error(`the recipe has ${bytes} bytes; ${mostArchiveBytes} are possible`);
      const part = Buffer.from(data, 'base64');
      parts.push(part);
      offset += part.length;
      if (part.length === 0 || offset >= bytes) return Buffer.concat(parts);
    }
  }

  private async makeRoom(neededBytes: number): Promise<void> {
    const { folder, mostBytes, inUse } = this.options;
    const kept = new Set([...inUse(), ...this.opening.keys(), ...this.held.keys()]);
    const entries = await Promise.all(
      (await readdir(folder)).map(async (name) => {
        const { files } = await readFolder(join(folder, name));
        const { mtimeMs } = await stat(join(folder, name));
        return { name, mtimeMs, bytes: files.reduce((sum, { data }) => sum + data.length, 0) };
      }),
    );
    let bytes = entries.reduce((sum, entry) => sum + entry.bytes, neededBytes);
    for (const { name, bytes: freed } of entries.toSorted((one, other) => one.mtimeMs - other.mtimeMs)) {
      if (bytes <= mostBytes) return;
      if (kept.has(name)) continue;
      await rm(join(folder, name), { recursive: true, force: true });
      bytes -= freed;
    }
  }
}
