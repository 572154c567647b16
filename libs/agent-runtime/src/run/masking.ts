/**
 * Hides secrets in what scripts write.
 * Promises: no byte sequence of a secret leaves whole, however it is cut into pieces; known spellings of it count as well (without the white space around it,
 * in base64, as part of a URL or of a JSON text, and the first 200 longer lines of one that has several); everything else goes on as it is, and at once, but for an end that
 * may be the beginning of a secret: that waits for what follows. Does not: hide values of fewer than four characters, which would hide half of any text, nor what
 * was reworked in another way.
 */
const stars = Buffer.from('***');
const shortest = 4;
/** Lines of this length stand for themselves; shorter ones (a brace, a word) are in many texts. So many of one secret are looked for. */
const shortestLine = 16;
const mostLines = 200;

export class Masks {
  private readonly spellings: readonly Buffer[];
  private readonly firstBytes: ReadonlySet<number | undefined>;

  constructor(secrets: readonly string[]) {
    const texts = new Set(secrets.flatMap(spellingsOf));
    // The longest first: of two that begin alike the longer one is hidden whole.
    this.spellings = [...texts].map((text) => Buffer.from(text)).sort((a, b) => b.length - a.length);
    this.firstBytes = new Set(this.spellings.map((spelling) => spelling[0]));
  }

  get none(): boolean {
    return this.spellings.length === 0;
  }

  /** So many bytes at the end of a text that was cut may belong to a secret. */
  get longestBytes(): number {
    return this.spellings[0]?.length ?? 0;
  }

  text(text: string): string {
    return this.none ? text : this.whole(Buffer.from(text)).toString();
  }

  whole(bytes: Buffer): Buffer {
    return this.hide(bytes, bytes.length).shown;
  }

  stream(): MaskedStream {
    return new MaskedStream(this);
  }

  /** What can be shown of these bytes up to `end`, and what remains: more where a secret reaches beyond it. */
  hide(bytes: Buffer, end: number): { shown: Buffer; rest: Buffer } {
    const parts: Buffer[] = [];
    const next = this.spellings.map((spelling) => bytes.indexOf(spelling));
    let from = 0;
    for (;;) {
      let [at, length] = [-1, 0];
      for (const [index, spelling] of this.spellings.entries()) {
        let found = next[index] ?? -1;
        if (found !== -1 && found < from) found = next[index] = bytes.indexOf(spelling, from);
        if (found !== -1 && (at === -1 || found < at)) [at, length] = [found, spelling.length];
      }
      if (at === -1 || at >= end) break;
      parts.push(bytes.subarray(from, at), stars);
      from = at + length;
    }
    const upTo = Math.max(from, end);
    parts.push(bytes.subarray(from, upTo));
    return { shown: Buffer.concat(parts), rest: bytes.subarray(upTo) };
  }

  /** Where the longest end begins that some secret begins with; the length where there is none. */
  openEnd(bytes: Buffer): number {
    const first = Math.max(0, bytes.length - this.longestBytes + 1);
    for (let at = first; at < bytes.length; at += 1) {
      if (!this.firstBytes.has(bytes[at])) continue;
      const left = bytes.length - at;
      const open = this.spellings.some((spelling) => left < spelling.length && bytes.compare(spelling, 0, left, at) === 0);
      if (open) return at;
    }
    return bytes.length;
  }
}

/** One stream of bytes, piece by piece. */
export class MaskedStream {
  private held = Buffer.alloc(0);

  constructor(private readonly masks: Masks) {}

  push(piece: Buffer): Buffer {
    if (this.masks.none) return piece;
    const bytes = this.held.length === 0 ? piece : Buffer.concat([this.held, piece]);
    const { shown, rest } = this.masks.hide(bytes, this.masks.openEnd(bytes));
    this.held = Buffer.from(rest);
    return shown;
  }

  /** Nothing follows. */
  end(): Buffer {
    const { held } = this;
    this.held = Buffer.alloc(0);
    return this.masks.none ? held : this.masks.whole(held);
  }
}

const spellingsOf = (secret: string): string[] => {
  const trimmed = secret.trim();
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  return [
    ...[secret, trimmed].filter((text) => text.length >= shortest).flatMap((text) => [text, ...codedOf(text)]),
    ...lines.filter((line) => line.length >= shortestLine).slice(0, mostLines),
  ];
};

const codedOf = (text: string): string[] => [
  ...(['base64', 'base64url'] as const).map((code) => Buffer.from(text).toString(code).replace(/=+$/, '')),
  encodeURIComponent(text.toWellFormed()),
  JSON.stringify(text).slice(1, -1),
];
