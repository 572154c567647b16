import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAllowedRedirect } from './redirects.js';

const own = 'https://klevr.example/oidc/callback';

describe('redirect addresses', () => {
  it.each([own, 'http://127.0.0.1:1/', 'http://127.0.0.1:49152', 'http://127.0.0.1:49152/callback', 'http://[::1]:65535/a/b-c'])(
    'lets people be sent back to %s',
    (uri) => expect(isAllowedRedirect(uri, [own])).toBe(true),
  );

  it.each([
    'https://klevr.example/oidc/callback/',
    'https://klevr.example/oidc/callback?next=x',
    'https://klevr.example/oidc/callback#x',
    'HTTPS://klevr.example/oidc/callback',
    'https://klevr.example:443/oidc/callback',
    'https://127.0.0.1:49152/callback',
    'http://127.0.0.1/callback',
    'http://127.0.0.1:80/callback',
    'http://127.0.0.1:99999/callback',
    'http://127.0.0.1:49152@evil.example/callback',
    'http://evil.example@127.0.0.1:49152/callback',
    'http://127.0.0.1:49152/../x',
    'http://127.0.0.1:49152/a?b',
    'http://127.0.0.1:49152\\@evil.example/',
    'http://0x7f000001:49152/',
    'http://127.1:49152/',
    'http://[::ffff:127.0.0.1]:49152/',
    ' http://127.0.0.1:49152/',
    '//127.0.0.1:49152/',
    '',
  ])('refuses %j', (uri) => expect(isAllowedRedirect(uri, [own])).toBe(false));

  it('sends nobody to another host, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((tail) => `http://127.0.0.1:1${tail}`),
        ),
        (uri) => !isAllowedRedirect(uri, []) || ['127.0.0.1', '[::1]'].includes(new URL(uri).hostname),
      ),
    );
  });
});
