import { describe, expect, it } from '@jest/globals';
import { securityHeaders } from './security-headers.js';

describe('security headers', () => {
  it('are those of helmet, with a policy that lets pages load from here alone', () => {
    const headers = securityHeaders();
    expect(Object.keys(headers)).toEqual(
      expect.arrayContaining([
        'content-security-policy',
        'cross-origin-opener-policy',
        'cross-origin-resource-policy',
        'referrer-policy',
        'strict-transport-security',
        'x-content-type-options',
        'x-frame-options',
      ]),
    );
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';script-src 'self';/);
  });
});
