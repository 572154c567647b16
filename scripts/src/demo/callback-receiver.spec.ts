import { describe, expect, it } from '@jest/globals';
import { verifyWebhook } from './callback-receiver.js';

// The example that the Standard Webhooks specification itself gives.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = Buffer.from('{"test": 2432232314}');
const headers = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const now = 1_614_265_331;

describe('the verifier of webhooks', () => {
  it('accepts the signature of the specification', () => {
    expect(() => verifyWebhook(secret, headers, body, now)).not.toThrow();
  });

  it.each([
    ['another body', { bytes: Buffer.from('{"test": 1}') }, /does not fit/],
    ['another secret', { key: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }, /does not fit/],
    ['another id', { given: { ...headers, 'webhook-id': 'msg_x' } }, /does not fit/],
    ['an old timestamp', { at: now + 301 }, /too far off/],
    ['no signature', { given: { ...headers, 'webhook-signature': '' } }, /does not fit/],
    ['no headers', { given: {} }, /headers are missing/],
  ])('refuses %s', (_name, change, fault) => {
    const { key, given, bytes, at } = { key: secret, given: headers, bytes: body, at: now, ...change };
    expect(() => verifyWebhook(key, given, bytes, at)).toThrow(fault);
  });
});
