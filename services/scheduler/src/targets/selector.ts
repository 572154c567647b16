import { AppError } from '@klevr/contracts/errors';
import { labelKey, labelValue } from '@klevr/contracts/labels';
import type { Selectable } from './selectable.js';

/**
 * Label selectors in the syntax and with the meaning of Kubernetes: requirements joined by commas, all of which must hold.
 * `key`, `!key`, `key=value` (or `==`), `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key>1`, `key<1`. The empty selector matches everything.
 * Promises: a text is either refused with the place of its fault or means exactly one thing. `!=` and `notin` hold where the key is absent;
 * `>` and `<` hold only where both sides are integers. A key with several values is meant by any of them, and is not by none.
 */
export type Requirement =
  | { readonly key: string; readonly operator: 'exists' | 'absent' }
  | { readonly key: string; readonly operator: 'in' | 'notIn'; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: 'above' | 'below'; readonly bound: number };

export type Selector = readonly Requirement[];

/** `path` names the field that the text came in. Throws BAD_REQUEST. */
export const parseSelector = (text: string, path: string): Selector => {
  const parser = new SelectorParser(text, path);
  return parser.selector();
};

export const matches = (selector: Selector, values: Selectable): boolean =>
  selector.every((requirement) => holds(requirement, valuesOf(values, requirement.key)));

/** The requirements that do not hold. */
export const failing = (selector: Selector, values: Selectable): Requirement[] =>
  selector.filter((requirement) => !holds(requirement, valuesOf(values, requirement.key)));

const none: readonly string[] = [];

export const valuesOf = (values: Selectable, key: string): readonly string[] => {
  const found = Object.hasOwn(values, key) ? values[key] : undefined;
  if (found === undefined) return none;
  return typeof found === 'string' ? [found] : found;
};

const holds = (requirement: Requirement, values: readonly string[]): boolean => {
  switch (requirement.operator) {
    case 'exists':
      return values.length > 0;
    case 'absent':
      return values.length === 0;
    case 'in':
      return values.some((value) => requirement.values.includes(value));
    case 'notIn':
      return !values.some((value) => requirement.values.includes(value));
    case 'above':
      return values.some((value) => integer.test(value) && Number(value) > requirement.bound);
    case 'below':
      return values.some((value) => integer.test(value) && Number(value) < requirement.bound);
  }
};

const integer = /^-?[0-9]{1,15}$/;
const tokenPattern = /\s*(?:(!=|==|[=!(),<>])|([^\s=!(),<>]+))/y;

interface Token {
  readonly text: string;
  readonly word: boolean;
  readonly at: number;
}

class SelectorParser {
  private readonly tokens: Token[] = [];
  private next = 0;

  constructor(
    private readonly text: string,
    private readonly path: string,
  ) {
    const pattern = new RegExp(tokenPattern);
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      const word = match[2] !== undefined;
      const token = match[2] ?? match[1] ?? '';
      this.tokens.push({ text: token, word, at: pattern.lastIndex - token.length });
    }
  }

  selector(): Requirement[] {
    const found: Requirement[] = [];
    if (this.peek() === undefined) return found;
    for (;;) {
      found.push(this.requirement());
      if (this.peek() === undefined) return found;
      this.expect(',');
    }
  }

  private requirement(): Requirement {
    if (this.accept('!')) return { key: this.key(), operator: 'absent' };
    const key = this.key();
    const token = this.peek();
    if (token === undefined || token.text === ',') return { key, operator: 'exists' };
    this.next++;
    if (token.text === '=' || token.text === '==') return { key, operator: 'in', values: [this.value()] };
    if (token.text === '!=') return { key, operator: 'notIn', values: [this.value()] };
    if (token.text === '>' || token.text === '<') return { key, operator: token.text === '>' ? 'above' : 'below', bound: this.bound() };
    if (token.word && token.text === 'in') return { key, operator: 'in', values: this.values() };
    if (token.word && token.text === 'notin') return { key, operator: 'notIn', values: this.values() };
    throw this.fault(token, 'expected =, ==, !=, in, notin, < or >');
  }

  private key(): string {
    const token = this.peek();
    if (!token?.word) throw this.fault(token, 'expected a label name');
    if (!labelKey.test(token.text)) throw this.fault(token, `${JSON.stringify(token.text)} is not a label name`);
    this.next++;
    return token.text;
  }

  /** Nothing where a value could stand is the empty value. */
  private value(): string {
    const token = this.peek();
    if (!token?.word) return '';
    if (!labelValue.test(token.text)) throw this.fault(token, `${JSON.stringify(token.text)} is not a label value`);
    this.next++;
    return token.text;
  }

  private values(): string[] {
    this.expect('(');
    const found = [this.value()];
    while (this.accept(',')) found.push(this.value());
    this.expect(')');
    return found;
  }

  private bound(): number {
    const token = this.peek();
    if (!token?.word || !integer.test(token.text)) throw this.fault(token, 'expected an integer');
    this.next++;
    return Number(token.text);
  }

  private peek(): Token | undefined {
    return this.tokens[this.next];
  }

  private accept(text: string): boolean {
    if (this.peek()?.text !== text) return false;
    this.next++;
    return true;
  }

  private expect(text: string): void {
    if (!this.accept(text)) throw this.fault(this.peek(), `expected ${text}`);
  }

  private fault(token: Token | undefined, message: string): AppError {
    const place = token === undefined ? 'at the end' : `at character ${token.at + 1}`;
    return new AppError('BAD_REQUEST', 'The selector is malformed', {
      errors: [{ path: this.path, message: `${message} ${place} of ${JSON.stringify(this.text.slice(0, 200))}` }],
    });
  }
}
