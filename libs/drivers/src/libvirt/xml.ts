import { DOMParser, type Element } from '@xmldom/xmldom';

/** XML as libvirt takes it and gives it: written from plain values, read by paths. */
type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Line ends as numbers too, as readers make all of them one. What XML cannot hold becomes a sign that says so. */
const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[<>&"'\t\n\r\u0085\u2028]/g, (sign) => `&#${sign.codePointAt(0)};`);

/** Attributes that are undefined are left out; content is XML already: texts come by `leaf`. */
export const element = (name: string, attributes: Attributes = {}, ...content: readonly string[]): string => {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escaped(String(value))}"`],
  );
  return content.length === 0 ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content.join('')}</${name}>`;
};

/** One element with a text in it. */
export const leaf = (name: string, text: string | number, attributes: Attributes = {}): string =>
  element(name, attributes, escaped(String(text)));

export const readXml = (xml: string): Node => {
  const root = new DOMParser({ onError: refuse }).parseFromString(xml, 'text/xml').documentElement;
  if (root === null) throw new Error('libvirt described something by no XML');
  return new Node(root);
};

/** What a parser only wonders at is libvirt's affair. */
const refuse = (level: string, message: string): void => {
  if (level !== 'warning') throw new Error(`libvirt described something by no XML: ${message}`);
};

export class Node {
  constructor(private readonly at: Element) {}

  /** `devices/disk`: the first such element. */
  find(path: string): Node | undefined {
    return this.all(path)[0];
  }

  all(path: string): Node[] {
    return path.split('/').reduce<Node[]>((nodes, name) => nodes.flatMap((node) => node.children(name)), [this]);
  }

  text(path: string): string | undefined {
    return this.find(path)?.at.textContent ?? undefined;
  }

  /** `source@file`, or `@type` for one of its own. */
  attribute(path: string): string | undefined {
    const [way = '', name = ''] = path.split('@');
    const node = way === '' ? this : this.find(way);
    return node?.at.getAttribute(name) ?? undefined;
  }

  /** A number of bytes with its unit, in KiB where none is told; as libvirt writes them. */
  kibibytes(path: string): number | undefined {
    const value = this.text(path);
    if (value === undefined) return undefined;
    return (Number(value) * unitBytes(this.attribute(`${path}@unit`) ?? 'KiB')) / 1024;
  }

  get name(): string {
    return this.at.localName ?? '';
  }

  private children(name: string): Node[] {
    const found: Node[] = [];
    for (let child = this.at.firstChild; child !== null; child = child.nextSibling)
      if (child.nodeType === 1 && (child as Element).localName === name) found.push(new Node(child as Element));
    return found;
  }
}

const unitBytes = (unit: string): number => {
  const power = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'].indexOf(unit);
  if (power === -1) throw new Error(`libvirt counts in ${unit}`);
  return 1024 ** power;
};
