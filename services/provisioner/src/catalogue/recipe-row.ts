import type { Recipe, RecipeSummary } from '@klevr/contracts/catalogue';
import type { RecipeManifest } from '@klevr/contracts/recipe';
import { rcompare } from 'semver';

/** What is told of a recipe in lists. */
export interface VersionRow {
  readonly source: string;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly commit: string;
  readonly syncedAt: Date;
  readonly goneAt: Date | null;
  readonly manifest: RecipeManifest;
  readonly archiveBytes: number;
}

export interface WholeRow extends VersionRow {
  readonly readme: string | null;
  readonly files: Recipe['files'];
}

/** The newest version first; of one version what the source has now before what it had, and later before earlier. */
export const newestFirst = <Row extends Pick<VersionRow, 'version' | 'goneAt' | 'syncedAt'>>(rows: readonly Row[]): Row[] =>
  rows.toSorted(
    (one, other) =>
      rcompare(one.version, other.version) ||
      Number(one.goneAt !== null) - Number(other.goneAt !== null) ||
      other.syncedAt.getTime() - one.syncedAt.getTime(),
  );

/** The one that is meant where no version is named: the newest that the source has; a pre-release only where there is nothing else. */
export const newest = <Row extends Pick<VersionRow, 'version' | 'goneAt' | 'syncedAt'>>(rows: readonly Row[]): Row | undefined => {
  const sorted = newestFirst(rows);
  const there = sorted.filter(({ goneAt }) => goneAt === null);
  return there.find(({ version }) => !version.includes('-')) ?? there[0] ?? sorted[0];
};

const commonOf = ({ source, name, version, digest, commit, syncedAt, manifest }: VersionRow) => ({
  ...{ source, name, version, description: manifest.description, driver: manifest.driver, labels: manifest.labels, commit, digest },
  syncedAt: syncedAt.toISOString(),
});

export const summaryOf = (rows: readonly VersionRow[]): RecipeSummary | undefined => {
  const row = newest(rows);
  const there = newestFirst(rows.filter(({ goneAt }) => goneAt === null));
  return row && { ...commonOf(row), versions: there.map(({ version }) => version) };
};

export const recipeOf = (
  row: WholeRow,
  all: readonly Pick<VersionRow, 'version' | 'commit' | 'digest' | 'syncedAt' | 'goneAt'>[],
): Recipe => ({
  ...commonOf(row),
  versions: newestFirst(all).map(({ version, commit, digest, syncedAt, goneAt }) => ({
    ...{ version, commit, digest, syncedAt: syncedAt.toISOString(), current: goneAt === null },
  })),
  parameters: row.manifest.parameters,
  outputs: Object.fromEntries(
    Object.entries(row.manifest.outputs).map(([name, { description, sensitive }]) => [name, { description, sensitive }]),
  ),
  ...{ health: row.manifest.health, examples: row.manifest.examples, readme: row.readme, files: row.files },
});
