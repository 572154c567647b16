import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { RecipeFiles } from '../driver.js';
import { tarOf } from './tar-of.js';

/** The folder of a recipe from which an image is built. Its files are read again when they are sent; here they are named, with what tells their content. */
export interface ContextFile {
  /** In the context. */
  readonly path: string;
  /** In the recipe. */
  readonly from: string;
  readonly digest: string;
}

const template = '.liquid';

export const contextFiles = async (files: RecipeFiles, folder: string): Promise<ContextFile[]> => {
  const base = posix.normalize(`${folder}/`);
  const below = base === './' ? '' : base;
  const names = files.list().filter((path) => path.startsWith(below));
  if (names.length === 0) throw new Error(`the recipe has no folder ${folder} from which an image could be built`);
  const found = await Promise.all(names.map((from) => contextFile(files, from, below)));
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
};

const contextFile = async (files: RecipeFiles, from: string, below: string): Promise<ContextFile> => {
  const inside = from.slice(below.length);
  if (!inside.endsWith(template)) {
    const content = await files.read(from);
    return { path: inside, from, digest: createHash('sha256').update(content).digest('hex') };
  }
  const { digest, sensitive } = await files.render(from);
  if (sensitive)
    throw new Error(`${from} holds a secret, which would be in the image for everybody to read: give it to the container instead`);
  return { path: inside.slice(0, -template.length), from, digest };
};

export const contextTar = async (files: RecipeFiles, context: readonly ContextFile[]): Promise<Buffer> =>
  tarOf(
    await Promise.all(
      context.map(async ({ path, from }) => ({
        header: { name: path, mode: 0o755 },
        content: from.endsWith(template) ? Buffer.from((await files.render(from)).text) : await files.read(from),
      })),
    ),
  );
