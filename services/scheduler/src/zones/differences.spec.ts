import { describe, expect, it } from '@jest/globals';
import { differences } from './differences.js';

describe('what a change of a zone makes another', () => {
  const before = {
    platform: 'vm',
    environment: 'dev',
    labels: { site: 'seoul' },
    settings: { heartbeatSeconds: 10, lostAfterSeconds: 60 },
  };

  it('is told field by field, and setting by setting', () => {
    const next = { environment: 'prod', labels: { site: 'busan' }, settings: { heartbeatSeconds: 5, lostAfterSeconds: 60 } };
    expect(differences(before, next)).toEqual({
      environment: { from: 'dev', to: 'prod' },
      labels: { from: { site: 'seoul' }, to: { site: 'busan' } },
      'settings.heartbeatSeconds': { from: 10, to: 5 },
    });
  });

  it('is nothing where the same is said again', () => {
    expect(differences(before, { ...before, labels: { site: 'seoul' } })).toEqual({});
    expect(differences(before, { settings: {} })).toEqual({});
  });
});
