/**
 * Reads the machine's own apt sources (deb822 `*.sources` and one-line `*.list`), so that servers are fetched from the mirrors this
 * machine trusts. Pure text in, text out. Promises to leave out disabled, source-only and third-party entries; does not follow
 * `mirrorlist` files and does not check that a mirror answers.
 */
export interface DebianSource {
  uris: string[];
  suites: string[];
  components: string[];
  /** A key ring's path or an armoured key as deb822 writes it; absent: apt's own trusted keys. */
  signedBy?: string;
}

export function parseDeb822Sources(text: string): DebianSource[] {
  return text.split(/\n(?:[ \t]*\n)+/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#') || line.trim() === '') continue;
      const match = /^([A-Za-z-]+):[ \t]*(.*)$/.exec(line);
      if (match?.[1] !== undefined) {
        last = match[1].toLowerCase();
        fields.set(last, match[2] ?? '');
      } else if (last !== '') {
        fields.set(last, `${fields.get(last) ?? ''}\n${line}`);
      }
    }
    const words = (name: string): string[] => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
    if (!words('types').includes('deb') || /^(no|false|0)$/i.test(fields.get('enabled') ?? '')) return [];
    const signedBy = fields.get('signed-by');
    return [
      {
        uris: words('uris'),
        suites: words('suites'),
        components: words('components'),
        ...(signedBy === undefined ? {} : { signedBy }),
      },
    ];
  });
}

export function parseOneLineSources(text: string): DebianSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [
      {
        uris: [uri],
        suites: [suite],
        components: components.split(/\s+/).filter((word) => word !== ''),
        ...(signedBy === undefined ? {} : { signedBy }),
      },
    ];
  });
}

/** The entries that are Debian's own archive for this release, mirrors included; the surest first. */
export function debianArchives(sources: DebianSource[], codename: string): DebianSource[] {
  const names = [codename, 'stable', 'oldstable', 'testing', 'sid', 'unstable'];
  const isDebianSuite = (suite: string): boolean => names.includes(suite.replace(/[-/](security|updates)$/, '').replace(/\/updates$/, ''));
  const sureness = (source: DebianSource): number =>
    (source.signedBy?.includes('debian-archive') === true ? 2 : 0) + (source.uris.some((uri) => /debian/i.test(uri)) ? 1 : 0);
  const known = sources
    .map((source) => ({
      ...source,
      suites: source.suites.filter(isDebianSuite),
    }))
    .filter((source) => source.suites.length > 0 && source.uris.length > 0 && source.components.includes('main'));
  const sure = known.filter((source) => sureness(source) > 0);
  return (sure.length > 0 ? sure : known).sort((a, b) => sureness(b) - sureness(a));
}

/** The same mirrors, asked for another suite; security archives have no such suite and are left out. */
export function withSuite(sources: DebianSource[], suite: string): DebianSource[] {
  return sources
    .filter((source) => source.suites.some((name) => !/security|updates/.test(name)))
    .map((source) => ({ ...source, suites: [suite], components: ['main'] }));
}

export function toDeb822(sources: DebianSource[]): string {
  return sources
    .map((source) =>
      [
        'Types: deb',
        `URIs: ${source.uris.join(' ')}`,
        `Suites: ${source.suites.join(' ')}`,
        'Components: main',
        ...(source.signedBy === undefined ? [] : [`Signed-By: ${source.signedBy}`]),
      ].join('\n'),
    )
    .join('\n\n')
    .concat('\n');
}
