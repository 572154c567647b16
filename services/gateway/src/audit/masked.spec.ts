import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MASK, masked } from './masked.js';

const marker = 'pl4nted-and-unlike-anything-else';
const planted = fc.constantFrom(marker, [marker], { deep: [marker] }, { [marker]: 1 });
const secretName = fc.constantFrom(
  ...[
    'secret',
    'token',
    'password',
    'joinToken',
    'join_token',
    'clientSecret',
    'userJwt',
    'privateKey',
    'PRIVATE-KEY',
    'tokens',
    'currentPassword',
    'passwordHash',
    'Authorization',
    'seed',
  ],
);
/** Any JSON with a field of this name and value somewhere in it. */
const withField = (name: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.letrec<{ tree: unknown; field: unknown }>((tie) => ({
    field: fc
      .tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })), name, value)
      .map(([rest, key, one]) => ({ ...rest, [key]: one })),
    tree: fc.oneof(
      { maxDepth: 4 },
      tie('field'),
      fc.tuple(fc.string(), tie('tree')).map(([key, inner]) => ({ [key]: inner })),
      fc.tuple(tie('tree'), fc.jsonValue({ maxDepth: 1 })).map(([inner, other]) => [other, inner]),
    ),
  })).tree;

const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.entries(value).map(([name, field]) => [name, shapeOf(field)]);
};

describe('masking', () => {
  it('leaves nothing of what is named as a secret, wherever it stands', () => {
    fc.assert(fc.property(withField(secretName, planted), (value) => !JSON.stringify(masked(value)).includes(marker)));
  });

  it('leaves the names of variables and headers, and nothing of their values', () => {
    const variables = fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), fc.constant(marker), { minKeys: 1 });
    fc.assert(
      fc.property(withField(fc.constantFrom('env', 'headers'), variables), (value) => !JSON.stringify(masked(value)).includes(marker)),
    );
    expect(masked({ env: { LANG: 'C' }, headers: { 'x-key': 'a' } })).toEqual({ env: { LANG: MASK }, headers: { 'x-key': MASK } });
  });

  it('leaves everything else as it is', () => {
    const harmless = fc.dictionary(
      fc.stringMatching(/^[a-j]{1,6}$/),
      fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.stringMatching(/^[a-z ]{0,30}$/), fc.array(fc.stringMatching(/^[a-z]*$/))),
    );
    fc.assert(fc.property(harmless, (value) => expect(masked(value)).toEqual(value)));
    expect(masked({ credentials: ['DB'], tokenId: 'tok_1', mustChangePassword: true, password: null })).toEqual({
      credentials: ['DB'],
      tokenId: 'tok_1',
      mustChangePassword: true,
      password: null,
    });
  });

  it('keeps the shape of any JSON whose names are no secrets, and masking twice is masking once', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = masked(value);
        expect(masked(once)).toEqual(once);
        expect(JSON.stringify(shapeOf(once))).toBe(JSON.stringify(shapeOf(value)));
      }),
    );
  });

  it('masks the value of a credential where it is told that it is one', () => {
    expect(masked({ name: 'DB', value: 'x' }, { alsoSecret: new Set(['value']) })).toEqual({ name: 'DB', value: MASK });
    expect(masked({ value: 'x' })).toEqual({ value: 'x' });
  });

  it.each([
    ['a session', `say klevr_s_${'A'.repeat(43)} twice`],
    ['an API token', `Authorization: Bearer klevr_t_${'b-'.repeat(20)}`],
    ['another bearer token', 'curl -H "authorization: Bearer abc.def~0123456789"'],
    ['a join token', 'KLEVR_JOIN_TOKEN=kjt_0123456789abcdefABCDEF sh -c x'],
    ['the secret of a callback', `whsec_${'A'.repeat(32)}=`],
    ['a NATS seed', `SU${'A'.repeat(56)}`],
    ['a JWT', `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.c-c_c`],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\nBBBB\n-----END OPENSSH PRIVATE KEY-----'],
    ['a private key without an end', 'x\n-----BEGIN PRIVATE KEY-----\nAAAA\nBBBB'],
    ['a password in an address', 'https://me:AAAA!BBBB@example.test/hook'],
    ['a token in a query', 'https://example.test/?x=1&access_token=AAAA-BBBB'],
    ['an assignment', `PGPASSWORD='AAAA BBBB' psql`],
  ])('does not leave %s in a text', (_name, text) => {
    const left = String(masked(text));
    expect(left).toContain(MASK);
    expect(left).not.toMatch(/A{4}|B{4}|b-b-b|0123456789|[ab]{8}|c-c/);
  });

  it('takes time in proportion to the text, whatever stands there', () => {
    const texts = ['eyJ', '-----BEGIN PRIVATE KEY-----', '://', '?a', 'Bearer ', 'TOKEN="', 'klevr_s_', ' eyJaaaaaaaa.eyJ', '&token=', 'S'];
    for (const text of texts) expect(typeof masked(text.repeat(Math.ceil(1_048_576 / text.length)))).toBe('string');
  });

  it('makes all text well-formed', () => {
    expect(masked({ 'a\ud800': 'b\udc00' })).toEqual({ 'a\ufffd': 'b\ufffd' });
  });
});
