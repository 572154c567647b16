import { describe, expect, it } from '@jest/globals';
import { databaseCureOf, natsCureOf, redisCureOf } from './tls-cures.js';

const fault = (message: string, code?: string): Error => Object.assign(new Error(message), code === undefined ? {} : { code });

describe('the cure for a connection that TLS prevents', () => {
  it.each([
    [fault('unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'), /not trusted here.*KLEVR_NATS_CA_FILE/],
    [fault('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'), /not trusted here/],
    [fault("Hostname/IP does not match certificate's altnames: x"), /another host.*KLEVR_NATS_URL/],
    [fault('certificate has expired', 'CERT_HAS_EXPIRED'), /not valid at this time/],
    [fault('alert', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), /want a certificate of this side/],
    [fault("server does not support 'tls'"), /does not speak TLS.*nats:\/\//],
  ])('is told for %s', (error, cure) => {
    expect(natsCureOf(error)).toMatch(cure);
    expect(natsCureOf(new Error('outer', { cause: error }))).toMatch(cure);
    expect(natsCureOf(new AggregateError([fault('connect ECONNREFUSED', 'ECONNREFUSED'), error]))).toMatch(cure);
  });

  it('is found where the driver of the database puts it', () => {
    const driverError = fault('unable to verify the first certificate', 'HANDSHAKE_SSL_ERROR');
    expect(databaseCureOf(Object.assign(fault('query failed'), { driverError }))).toMatch(/KLEVR_DATABASE_CA_FILE/);
    expect(databaseCureOf(fault('Server does not support secure connection', 'HANDSHAKE_NO_SSL_SUPPORT'))).toMatch(/does not speak TLS/);
  });

  it('is not made up for what has nothing to do with TLS', () => {
    for (const cureOf of [natsCureOf, databaseCureOf, redisCureOf]) {
      expect(cureOf(fault('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'))).toBeUndefined();
      expect(cureOf(undefined)).toBeUndefined();
      expect(cureOf('text')).toBeUndefined();
    }
  });
});
