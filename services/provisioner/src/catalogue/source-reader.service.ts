import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readFolder } from '@klevr/recipes/recipe-files';
import { SecretBox, SecretLocked } from '@klevr/platform/secret-box';
import { Injectable } from '@nestjs/common';
import { Linter } from '../linter.service.js';
import { ProvisionerSettings } from '../provisioner.config.js';
import type { Auth } from './git-access.js';
import { recipeFolders } from './git-tree.js';
import { GitClient, GitProblem, type GitPlace } from './git.client.js';
import { Gathered, type KnownRecipes } from './gathered.js';
import { authContext, type SourceRow } from './source-row.js';
import type { SyncResult } from './sync.store.js';

interface ReadOptions {
  /** Also where the branch or tag is where it was. */
  readonly again: boolean;
  readonly known: KnownRecipes;
}

/**
 * Reads what a source has now.
 * Promises: everything is of one commit; a repository that cannot be read, or whose tag is not signed as it must be, is an answer and not an error. Does not:
 * fetch what it has read before, unless `again`.
 */
@Injectable()
export class SourceReader {
  constructor(
    private readonly git: GitClient,
    private readonly box: SecretBox,
    private readonly settings: ProvisionerSettings,
    private readonly linter: Linter,
  ) {}

  async read(row: SourceRow, { again, known }: ReadOptions, signal: AbortSignal): Promise<SyncResult> {
    try {
      if (row.ref === null) return await this.readBuiltIn(known, signal);
      const place = { url: row.url, ref: row.ref, auth: this.authOf(row), trustedSigners: row.trustedSigners };
      const refObject = await this.git.resolve(place, signal);
      if (!again && refObject === row.refObject) return { status: 'synced', message: row.faults.length > 0 ? withFaults : '' };
      return { ...(await this.readRepository(row, place, { known, signal })), refObject };
    } catch (error) {
      if (error instanceof GitProblem) return { status: 'failed', message: error.message };
      if (error instanceof SecretLocked) return { status: 'failed', message: `what opens the repository cannot be read: ${error.message}` };
      throw error;
    }
  }

  private async readRepository(
    row: SourceRow,
    place: GitPlace,
    { known, signal }: { known: KnownRecipes; signal: AbortSignal },
  ): Promise<SyncResult> {
    const repository = await this.git.fetch(place, row.signedTagsOnly, signal);
    try {
      const gathered = new Gathered((files) => this.linter.lint(files, signal), known);
      const { folders, faults } = recipeFolders(await repository.list(), row.folder);
      gathered.refuse(...faults);
      for (const folder of folders) await gathered.take(folder.folder, await repository.read(folder));
      return resultOf(gathered, repository.commit);
    } finally {
      await repository.close();
    }
  }

  /** Of the installation, whose folder nobody else writes. */
  private async readBuiltIn(known: KnownRecipes, signal: AbortSignal): Promise<SyncResult> {
    const root = this.settings.config.recipesDir;
    if (root === undefined) return { status: 'synced', message: 'this replica has no folder of recipes' };
    const gathered = new Gathered((files) => this.linter.lint(files, signal), known);
    const entries = await readdir(root, { withFileTypes: true });
    for (const { name } of entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const { files, faults } = await readFolder(join(root, name));
      gathered.refuse(...faults.map((one) => ({ ...one, file: `${name}/${one.file}` })));
      if (faults.length === 0) await gathered.take(`${name}/`, files);
    }
    const commit = createHash('sha256');
    for (const { digest } of gathered.recipes) commit.update(digest);
    return resultOf(gathered, commit.digest('hex'));
  }

  private authOf({ id, authBox }: SourceRow): Auth | undefined {
    return authBox === null ? undefined : (JSON.parse(this.box.open(authBox, authContext(id)).toString()) as Auth);
  }
}

const withFaults = 'some recipes were refused; see `faults`';

const resultOf = (gathered: Gathered, commit: string): SyncResult => ({
  ...{ status: 'synced', commit, recipes: gathered.recipes, faults: gathered.faults },
  message: gathered.faults.length > 0 ? withFaults : gathered.recipes.length === 0 ? 'there is no recipe in it' : '',
});
