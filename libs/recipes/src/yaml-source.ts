import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { RecipeFault } from '@klevr/contracts/catalogue';
import { fault } from './recipe-files.js';

export type Path = readonly PropertyKey[];
export interface Position {
  readonly line: number;
  readonly column: number;
}

const mostBytes = 256 * 1024;
/** What aliases may unfold to, counted by the library as uses of one anchor. */
const mostAliases = 100;
/** Every use of an anchor counts here, however short the file says it: what is read is stored and told in full. */
const mostUnfoldedBytes = 512 * 1024;

/**
 * A YAML file whose values are found again by line and column.
 * Promises: YAML 1.2 with the core types only; keys are there once; several documents, unknown tags, `__proto__` and unfolding aliases are faults.
 */
export class YamlSource {
  private constructor(
    readonly value: unknown,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  static read(file: string, data: Buffer): YamlSource | { readonly faults: RecipeFault[] } {
    const refused = (message: string, at?: Position): { faults: RecipeFault[] } => ({
      faults: [fault(file, message, at?.line ?? null, at?.column ?? null)],
    });
    if (data.length > mostBytes) return refused(`has ${data.length} bytes; ${mostBytes} are possible`);
    const text = decode(data);
    if (text === undefined) return refused('is not UTF-8');
    const lines = new LineCounter();
    try {
      const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', schema: 'core', stringKeys: true });
      const wrong = [...document.errors, ...document.warnings];
      if (wrong.length > 0) {
        return {
          faults: wrong.slice(0, 100).map(({ message, pos }) => {
            const { line, col } = lines.linePos(pos[0]);
            return fault(file, message.replace(/ at line \d+, column \d+.*$/s, ''), line, col);
          }),
        };
      }
      const value: unknown = document.toJS({ maxAliasCount: mostAliases });
      if (hasProto(value)) return refused('must have no key __proto__');
      const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
      if (bytes > mostUnfoldedBytes) return refused(`unfolds to ${bytes} bytes by its aliases; ${mostUnfoldedBytes} are possible`);
      return new YamlSource(value, document, lines);
    } catch (error) {
      return refused(error instanceof RangeError ? 'is nested too deeply' : error instanceof Error ? error.message : String(error));
    }
  }

  /** Of the value, or of its key; of the innermost that is there where the path leads to nothing. */
  at(path: Path, of: 'value' | 'key' = 'value'): Position {
    let node = this.resolve(this.document.contents);
    let offset = node?.range?.[0] ?? 0;
    for (const [index, part] of path.entries()) {
      const last = index === path.length - 1;
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : '') === String(part));
        if (pair === undefined) break;
        const key = pair.key as Node;
        node = this.resolve(pair.value);
        const found = last && of === 'key' ? key : (node ?? key);
        offset = found.range?.[0] ?? offset;
      } else if (isSeq(node)) {
        node = this.resolve(node.items[Number(part)]);
        if (node === undefined) break;
        offset = node.range?.[0] ?? offset;
      } else break;
    }
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }

  private resolve(node: unknown): Node | undefined {
    const real = isAlias(node) ? node.resolve(this.document) : node;
    return isMap(real) || isSeq(real) || isScalar(real) ? real : undefined;
  }
}

const decode = (data: Buffer): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
};

const hasProto = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (Object.hasOwn(value, '__proto__') || Object.values(value).some((inner) => hasProto(inner)));
