import { describe, expect, it } from '@jest/globals';
import { debianArchives, parseDeb822Sources, parseOneLineSources, toDeb822, withSuite } from './debian-sources.js';

const DEB822 = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Enabled: no
Types: deb
URIs: http://mirror.example/off
Suites: bookworm
Components: main

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main
`;

const ONE_LINE = `# deb http://mirror.example/commented bookworm main
deb [arch=amd64 signed-by=/etc/keys/debian-archive.gpg] https://mirror.example/debian stable main contrib # note
deb-src https://mirror.example/debian stable main
deb http://vendor.example/apt bookworm main
deb https://node.example/x nodistro main
`;

describe('apt sources', () => {
  it('reads deb822 stanzas with folded keys, without disabled and source-only ones', () => {
    expect(parseDeb822Sources(DEB822)).toEqual([
      {
        uris: ['http://mirror.example/debian'],
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
        signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
      },
      {
        uris: ['http://mirror.example/debian-security'],
        suites: ['bookworm-security'],
        components: ['main', 'contrib'],
        signedBy: '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc',
      },
    ]);
  });

  it('reads one-line entries with options and comments', () => {
    expect(parseOneLineSources(ONE_LINE)[0]).toEqual({
      uris: ['https://mirror.example/debian'],
      suites: ['stable'],
      components: ['main', 'contrib'],
      signedBy: '/etc/keys/debian-archive.gpg',
    });
  });

  it("keeps Debian's own archives and leaves out vendors that use its suite names", () => {
    const archives = debianArchives(parseOneLineSources(ONE_LINE), 'bookworm');
    expect(archives.map((source) => source.uris)).toEqual([['https://mirror.example/debian']]);
  });

  it('takes an unmarked mirror when there is no surer one', () => {
    const archives = debianArchives(parseOneLineSources('deb http://10.0.0.1/repo bookworm main'), 'bookworm');
    expect(archives.map((source) => source.uris)).toEqual([['http://10.0.0.1/repo']]);
  });

  it('asks the same mirrors for another suite, but not the security archive', () => {
    const other = withSuite(debianArchives(parseDeb822Sources(DEB822), 'bookworm'), 'sid');
    expect(toDeb822(other)).toBe(
      'Types: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
    );
  });

  it('writes what it reads', () => {
    const archives = debianArchives(parseDeb822Sources(DEB822), 'bookworm');
    expect(parseDeb822Sources(toDeb822(archives))).toEqual(archives.map((source) => ({ ...source, components: ['main'] })));
  });
});
