import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@klevr/platform/config';
import { z } from 'zod';
import { oidcConfig, oidcFaults, oidcSettingsOf } from './oidc-settings.js';

const schema = z.object(oidcConfig).superRefine((config, context) => {
  for (const { path, message } of oidcFaults(config)) context.addIssue({ code: 'custom', path: [path], message });
});
const base = { KLEVR_OIDC_ISSUER: 'https://idp.example/realm', KLEVR_OIDC_CLIENT_ID: 'klevr' };
const faultsOf = (environment: Record<string, string>): string[] => {
  const result = readConfig(schema, environment);
  return 'faults' in result ? result.faults.map(({ env }) => env) : [];
};
const settingsOf = (environment: Record<string, string>, publicUrl?: string) => {
  const result = readConfig(schema, environment);
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return { provider: oidcSettingsOf(result.config, publicUrl).provider, settings: result.settings };
};

describe('settings of the provider', () => {
  it('are none unless an issuer is named', () => {
    expect(settingsOf({}).provider).toBeUndefined();
  });

  it('need a client, and nothing else', () => {
    expect(faultsOf({ KLEVR_OIDC_ISSUER: base.KLEVR_OIDC_ISSUER })).toEqual(['KLEVR_OIDC_CLIENT_ID']);
    expect(settingsOf(base, 'https://klevr.example/').provider).toMatchObject({
      name: 'idp.example',
      signUp: false,
      callback: 'https://klevr.example/oidc/callback',
      redirectUris: ['https://klevr.example/oidc/callback'],
    });
  });

  it('trust no address that the caller names: without a public address there is no callback', () => {
    expect(settingsOf(base).provider).toMatchObject({ callback: undefined, redirectUris: [] });
  });

  it.each([
    'http://idp.example',
    'https://me:secret@idp.example',
    'https://idp.example/?a',
    'ftp://idp.example',
    'idp.example',
    'https://idp.example/é',
  ])('take no issuer like %s', (issuer) => expect(faultsOf({ ...base, KLEVR_OIDC_ISSUER: issuer })).toEqual(['KLEVR_OIDC_ISSUER']));

  it('keep the secret out of what is printed', () => {
    const { settings } = settingsOf({ ...base, KLEVR_OIDC_CLIENT_SECRET: 'planted' });
    expect(settings.find(({ key }) => key === 'oidcClientSecret')?.secret).toBe(true);
  });

  it('read roles from JSON that is checked', () => {
    const roles = { KLEVR_OIDC_GRANTS_CLAIM: 'groups', KLEVR_OIDC_ROLES: '{"a":[{"role":"admin","zones":null}]}' };
    expect(settingsOf({ ...base, ...roles }).provider?.groups).toEqual({
      claim: 'groups',
      grants: { a: [{ role: 'admin', zones: null }] },
    });
    for (const text of [
      '',
      '[]',
      '{',
      '{"a":[]}',
      '{"a":[{"role":"root","zones":null}]}',
      '{"a":[{"role":"admin"}]}',
      '{"a":[{"role":"admin","zones":[]}]}',
    ])
      expect(faultsOf({ ...base, ...roles, KLEVR_OIDC_ROLES: text })).toEqual(['KLEVR_OIDC_ROLES']);
    expect(faultsOf({ ...base, KLEVR_OIDC_GRANTS_CLAIM: 'groups' })).toEqual(['KLEVR_OIDC_ROLES']);
  });

  it('ask for the scope without which there is no id token', () => {
    expect(faultsOf({ ...base, KLEVR_OIDC_SCOPES: 'profile' })).toEqual(['KLEVR_OIDC_SCOPES']);
    expect(settingsOf({ ...base, KLEVR_OIDC_SCOPES: 'openid groups' }).provider?.scopes).toBe('openid groups');
  });
});
