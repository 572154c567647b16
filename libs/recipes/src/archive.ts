import { gunzipSync, gzipSync } from 'node:zlib';
import { recipeLimits } from '@klevr/contracts/recipe';
import { extract, pack as tarOf } from 'tar-stream';
import { digestOf, faultsOfFiles, sorted, type RecipeFile } from './recipe-files.js';

export interface Archive {
  /** A gzipped tar. */
  readonly data: Buffer;
  /** Of the files, not of the tar: another library or level of compression gives the same. */
  readonly digest: string;
}

export class BadArchive extends Error {
  override readonly name = 'BadArchive';
}

/** A header and the padding of each file, and the end. */
const mostTarBytes = recipeLimits.bytes + recipeLimits.files * 4_096 + 1_048_576;

/** The same files give the same bytes: in the order of their paths, without times and owners, with modes 644 and 755. */
export const pack = async (files: readonly RecipeFile[]): Promise<Archive> => {
  const tar = tarOf();
  for (const { path, data, executable } of sorted(files)) {
    tar.entry({ name: path, mode: executable ? 0o755 : 0o644, mtime: new Date(0), type: 'file', size: data.length }, data);
  }
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return { data: gzipSync(Buffer.concat(parts), { level: 9 }), digest: digestOf(files) };
};

/**
 * The files of an archive, in memory. Throws BadArchive for one that holds anything but files, for paths that lead out, for too many or too large files, and where it
 * has not the digest that was asked for.
 */
export const unpack = async (archive: Buffer, digest?: string): Promise<RecipeFile[]> => {
  let tar: Buffer;
  try {
    tar = gunzipSync(archive, { maxOutputLength: mostTarBytes });
  } catch (cause) {
    throw new BadArchive('is no gzipped tar, or a larger one than a recipe may be', { cause });
  }
  const files = await entriesOf(tar);
  const [wrong] = faultsOfFiles(files.map(({ path, data }) => ({ path, bytes: data.length })));
  if (wrong !== undefined) throw new BadArchive(`${wrong.file} ${wrong.message}`.trim());
  if (digest !== undefined && digestOf(files) !== digest) throw new BadArchive('is not what was asked for: its digest is another');
  return files;
};

const entriesOf = (tar: Buffer): Promise<RecipeFile[]> =>
  new Promise((resolve, reject) => {
    const reader = extract();
    const files: RecipeFile[] = [];
    const refuse = (message: string): void => {
      reader.destroy();
      reject(new BadArchive(message));
    };
    reader.on('entry', ({ name, type, mode }, stream, next) => {
      if (type !== 'file') return refuse(`${name.slice(0, 255)} is not a file`);
      if (files.length >= recipeLimits.files) return refuse('has too many files');
      const parts: Buffer[] = [];
      stream.on('data', (part) => parts.push(part as Buffer));
      stream.on('end', () => {
        files.push({ path: name, data: Buffer.concat(parts), executable: ((mode ?? 0) & 0o100) !== 0 });
        next();
      });
    });
    reader.on('error', (cause: Error) => reject(new BadArchive('is a damaged tar', { cause })));
    reader.on('finish', () => resolve(files));
    reader.end(tar);
  });
