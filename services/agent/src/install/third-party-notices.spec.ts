import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

interface Output {
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}
interface Notices {
  readonly thirdPartyNotices: (output: Output, root: string) => Promise<string>;
  readonly isPermissive: (expression: string) => boolean;
}
const { thirdPartyNotices, isPermissive } = (await import(new URL('../../third-party-notices.mjs', import.meta.url).href)) as Notices;

describe('the notices of what is bundled', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'klevr-notices-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const put = (folder: string, manifest: object, files: Record<string, string> = {}): void => {
    for (const [name, text] of Object.entries({ 'package.json': JSON.stringify(manifest), 'lib/index.js': '', ...files })) {
      const path = join(root, folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  };
  const noticesOf = (inputs: Record<string, number>): Promise<string> =>
    thirdPartyNotices(
      { inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])) },
      root,
    );

  it('have each package of which something is bundled once, with all the texts that it asks to be passed on', async () => {
    put(
      'node_modules/@a/b',
      { name: '@a/b', version: '1.2.3', license: 'Apache-2.0' },
      { 'LICENSE.md': 'terms of b', NOTICE: 'notice of b' },
    );
    put('node_modules/c/node_modules/d', { name: 'd', version: '4.0.0', license: '(GPL-3.0 OR MIT)' }, { 'LICENCE-MIT': 'terms of d' });
    put('node_modules/unused', { name: 'unused', version: '1.0.0', license: 'GPL-3.0' });
    const text = await noticesOf({
      'dist/main.js': 10,
      'node_modules/@a/b/lib/index.js': 5,
      'node_modules/@a/b/lib/other.js': 5,
      'node_modules/c/node_modules/d/lib/index.js': 5,
      'node_modules/unused/lib/index.js': 0,
    });
    expect([...text.matchAll(/^\S+ \S+ \(.*\)$/gm)].map(([title]) => title)).toEqual([
      '@a/b 1.2.3 (Apache-2.0)',
      'd 4.0.0 ((GPL-3.0 OR MIT))',
    ]);
    for (const part of ['terms of b', 'notice of b', 'terms of d']) expect(text).toContain(part);
  });

  it('are refused, every fault told at once, where a licence is not permissive, not named, or its text is missing', async () => {
    put('node_modules/gpl', { name: 'gpl', version: '1.0.0', license: 'GPL-3.0-only' }, { COPYING: 'terms' });
    put('node_modules/silent', { name: 'silent', version: '2.0.0' }, { LICENSE: 'terms' });
    put('node_modules/bare', { name: 'bare', version: '3.0.0', license: 'MIT' });
    const refused = noticesOf({
      'node_modules/gpl/lib/index.js': 1,
      'node_modules/silent/lib/index.js': 1,
      'node_modules/bare/lib/index.js': 1,
    });
    await expect(refused).rejects.toThrow(
      /gpl 1\.0\.0: .*"GPL-3\.0-only".*\n.*silent 2\.0\.0: .*undefined.*\n.*bare 3\.0\.0: it comes without/,
    );
  });

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-2.0)', true],
    ['MIT AND ISC', true],
    ['MIT AND GPL-2.0', false],
    ['SEE LICENSE IN x', false],
    ['UNLICENSED', false],
  ])('take %s for permissive: %s', (expression, expected) => {
    expect(isPermissive(expression)).toBe(expected);
  });
});
