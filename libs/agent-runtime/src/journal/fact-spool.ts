/**
 * The facts of one lane that the centre has not answered yet, in the order of their numbers.
 * Promises: numbers rise by one and are never given twice, also over restarts; a fact is offered for sending only once it is on disk, and so are all
 * before it. Does not: write or send.
 */
export type WithoutSeq<F> = F extends unknown ? Omit<F, 'seq'> : never;
interface Numbered {
  readonly seq: number;
}
export interface SpooledFact<F extends Numbered = Numbered> {
  readonly seq: number;
  fact: F;
  bytes: number;
  durable: boolean;
  /** The fact as text until it is on disk: it is needed there once more. */
  json?: string | undefined;
}

export class FactSpool<F extends Numbered> {
  private facts: SpooledFact<F>[] = [];
  private following = 1;
  private heldBytes = 0;

  get nextSeq(): number {
    return this.following;
  }

  get count(): number {
    return this.facts.length;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  /** The highest number such that it and all before it are answered. */
  get answeredThrough(): number {
    return (this.facts[0]?.seq ?? this.following) - 1;
  }

  get hasUnwritten(): boolean {
    return this.facts.at(-1)?.durable === false;
  }

  add(body: WithoutSeq<F>): SpooledFact<F> {
    const fact = { ...body, seq: this.following } as unknown as F;
    this.following += 1;
    return this.hold(fact, false);
  }

  /** What is not on disk becomes another fact of the same number. */
  change(spooled: SpooledFact<F>, body: WithoutSeq<F>): void {
    const before = spooled.bytes;
    spooled.fact = { ...body, seq: spooled.seq } as unknown as F;
    spooled.json = JSON.stringify(spooled.fact);
    spooled.bytes = Buffer.byteLength(spooled.json);
    this.heldBytes += spooled.bytes - before;
  }

  written(spooled: SpooledFact<F>): void {
    spooled.durable = true;
    spooled.json = undefined;
  }

  /** What was read back from disk: facts in any order, perhaps more than once, and marks that may lie behind or before them. */
  restore(facts: readonly F[], answeredThrough: number, nextSeq: number): void {
    const open = new Map(facts.filter((fact) => fact.seq > answeredThrough).map((fact) => [fact.seq, fact]));
    for (const fact of [...open.values()].sort((a, b) => a.seq - b.seq)) this.hold(fact, true);
    this.following = Math.max(nextSeq, answeredThrough + 1, (this.facts.at(-1)?.seq ?? 0) + 1);
  }

  /** The facts to send next: from the first on, as far as they are on disk and within both limits, but at least one. */
  next(maxFacts: number, maxBytes: number): SpooledFact<F>[] {
    let bytes = 0;
    const taken: SpooledFact<F>[] = [];
    for (const held of this.facts) {
      bytes += held.bytes + 1;
      if (!held.durable || taken.length >= maxFacts || (taken.length > 0 && bytes > maxBytes)) break;
      taken.push(held);
    }
    return taken;
  }

  /** Drops the facts up to this number, which the centre has answered. */
  settle(throughSeq: number): SpooledFact<F>[] {
    const count = this.facts.findIndex((held) => held.seq > throughSeq);
    const settled = this.facts.splice(0, count === -1 ? this.facts.length : count);
    for (const held of settled) this.heldBytes -= held.bytes;
    return settled;
  }

  all(): Iterable<SpooledFact<F>> {
    return this.facts;
  }

  private hold(fact: F, durable: boolean): SpooledFact<F> {
    const json = JSON.stringify(fact);
    const spooled: SpooledFact<F> = { seq: fact.seq, fact, bytes: Buffer.byteLength(json), durable, json: durable ? undefined : json };
    this.facts.push(spooled);
    this.heldBytes += spooled.bytes;
    return spooled;
  }
}
