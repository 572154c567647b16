import { checkSpec } from '@klevr/drivers/spec-schemas';
import type { RecipeFile } from '@klevr/recipes/recipe-files';
import { lintFiles, type LintedFiles } from './lint-files.js';

/** Runs in a thread of the linter. Bytes that cross threads come as plain arrays of bytes. */
export default (files: readonly (Omit<RecipeFile, 'data'> & { readonly data: Uint8Array })[]): LintedFiles =>
  lintFiles(
    files.map((file) => ({ ...file, data: Buffer.from(file.data.buffer, file.data.byteOffset, file.data.byteLength) })),
    checkSpec,
  );
