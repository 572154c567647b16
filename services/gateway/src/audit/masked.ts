/**
 * A JSON value without what must not be written down: the one function through which everything goes that the audit trail tells of things.
 *
 * Promises: fields named as secrets are (whatever their case, also as the end of a longer name) have no value left, nor have variables of steps (`env`)
 * and headers; texts have no tokens, private keys, passwords of addresses in them that look like ones; the shape stays. All text is well-formed Unicode.
 * Does not: recognise a secret that stands in a script or a parameter without looking like one. That is what credentials of zones are for.
 */
export const MASK = '***';

const secretNames =
  /(secret|token|password|passphrase|passwd|jwt|privatekey|seed|apikey|authorization|cookie|signature|(token|password)hash)s?$/;
/** Objects whose values may each be a secret, while their names are not. */
const secretValues = new Set(['env', 'headers']);

const privateKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g;
const wholeTokens =
  /(?<![\w-])(?:klevr_[a-z]_[\w-]{8,}|kjt_[\w-]{16,}|whsec_[A-Za-z0-9+/=]{16,}|S[ACNOUX][A-Z2-7]{56}(?![A-Z2-7])|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)/g;
const afterBearer = /(?<=\bBearer )[\w.~+/=-]{8,}/gi;
const inAddress = /(?<=:\/\/)[^\s/@:]*:[^\s/@]+(?=@)/g;
const inQuery = /(?<=[?&][\w-]{0,60}(?:token|secret|password|key|signature)=)[^&\s#"']+/gi;
const inAssignment = /(?<=(?:TOKEN|SECRET|PASSWORD|PASSWD)=)(?:'[^'\n]{0,256}'|"[^"\n]{0,256}"|[^\s;&|]+)/gi;
/** One look that spares most texts the others. */
const suspicious = /klevr_|kjt_|whsec_|eyj|-----b|bearer|:\/\/|(?:token|secret|password|passwd|key|signature)=|s[acnoux][a-z2-7]{56}/i;
const SHORTEST_TOKEN = 8;

export interface MaskOptions {
  /** Further names of secrets, in small letters. */
  readonly alsoSecret?: ReadonlySet<string>;
}

export function masked(value: unknown, options: MaskOptions = {}): unknown {
  if (typeof value === 'string') return maskedText(value);
  if (Array.isArray(value)) return value.map((item) => masked(item, options));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name.toWellFormed(), maskedField(name, field, options)]));
}

function maskedField(name: string, value: unknown, options: MaskOptions): unknown {
  const plain = plainNameOf(name);
  if (secretNames.test(plain) || options.alsoSecret?.has(plain) === true) return hidden(value);
  if (secretValues.has(plain) && typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.toWellFormed(), hidden(one)]));
  return masked(value, options);
}

/** Names come again and again; those of callers' own making are not kept. */
const plainNames = new Map<string, string>();
const MOST_NAMES = 1_000;

function plainNameOf(name: string): string {
  const known = plainNames.get(name);
  if (known !== undefined) return known;
  const plain = name.toLowerCase().replaceAll(/[_-]/g, '');
  if (plainNames.size < MOST_NAMES && name.length <= 64) plainNames.set(name, plain);
  return plain;
}

/** That there is none, or only a yes or no, is no secret. */
const hidden = (value: unknown): unknown => (value === null || value === undefined || typeof value === 'boolean' ? value : MASK);

export function maskedText(text: string): string {
  const clean = text.toWellFormed();
  if (clean.length < SHORTEST_TOKEN || !suspicious.test(clean)) return clean;
  return clean
    .replace(privateKey, MASK)
    .replace(wholeTokens, MASK)
    .replace(afterBearer, MASK)
    .replace(inAddress, MASK)
    .replace(inQuery, MASK)
    .replace(inAssignment, MASK);
}
