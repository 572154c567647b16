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
    ['another body', secret, headers, Buffer.from('{"test": 1}'), now],
    ['another secret', 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', headers, body, now],
    ['another id', secret, { ...headers, 'webhook-id': 'msg_x' }, body, now],
    ['an old timestamp', secret, headers, body, now + 301],
    ['no signature', secret, { ...headers, 'webhook-signature': '' }, body, now],
    ['no headers', secret, {}, body, now],
  ])('refuses %s', (_name, key, given, bytes, at) => {
    expect(() => verifyWebhook(key, given, bytes, at)).toThrow();
  });
});
