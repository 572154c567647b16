/**
 * What docs/security.md claims, and the tests that it names for it.
 *
 * Promises: each claim (a list item that begins with "Cannot" or with "Shown by") names a test, and each named test is there: its file has the title
 * as one whole text, in a test that is not skipped for good. Does not: run the test, nor judge whether it shows the claim. That is for readers.
 */
export interface ShownBy {
  readonly file: string;
  readonly title: string;
}

const item = /^ *- (.*(?:\n(?! *- |#|\n|\|).*)*)/gm;
/** `path/x.spec.ts`: "the title", "another title of the same file" */
const reference = /`([\w./-]+\.spec\.ts)`: ((?:"[^"]+"(?:,\s*)?)+)/g;
const path = /`[\w./-]+\.spec\.ts`/g;

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

export function shownBy(text: string): ShownBy[] {
  return [...oneLine(text).matchAll(reference)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ file, title })),
  );
}

/** A title as it stands in a source: in one of the three kinds of quotes, its own escaped. */
function hasTest(source: string, title: string): boolean {
  const quoted = [`'${title.replaceAll("'", String.raw`\'`)}'`, `"${title}"`, `\`${title.replaceAll('`', '\\`')}\``];
  return quoted.some((text) => {
    const at = source.indexOf(text);
    return at >= 0 && !/\b(?:it|test|describe)\.(?:skip|todo)\(\s*$/.test(source.slice(0, at));
  });
}

/** `read` gives a file's text, from the root of the repository; undefined where there is none. */
export function claimFaults(markdown: string, read: (file: string) => string | undefined): string[] {
  const faults: string[] = [];
  for (const [, text = ''] of markdown.matchAll(item)) {
    if (/^\**(?:Cannot|Shown by)\b/.test(text) && shownBy(text).length === 0)
      faults.push(`no test is named for: ${oneLine(text).slice(0, 100)}`);
  }
  const named = shownBy(markdown);
  const written = oneLine(markdown).match(path)?.length ?? 0;
  const taken = oneLine(markdown).match(reference)?.length ?? 0;
  if (written !== taken) faults.push(`${written - taken} tests are named in no form that is understood`);
  for (const { file, title } of named) {
    const source = read(file);
    if (source === undefined) faults.push(`there is no ${file}`);
    else if (!hasTest(source, title)) faults.push(`${file} has no test: ${title}`);
  }
  return [...new Set(faults)];
}
