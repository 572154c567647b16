import { describe, expect, it } from '@jest/globals';
import { Secret } from '@klevr/recipes/secret';
import { parse } from 'yaml';
import { desiredStack, type DesiredStack } from './desired-stack.js';
import { PrometheusSpec } from './prometheus-spec.js';

const secret = (name: string) => new Secret(name, `value of ${name}`, 'salt');
const stack = (spec: object, programs = {}): DesiredStack =>
  desiredStack(PrometheusSpec.parse(spec), programs, { rules: [], dashboards: [] }, '/stack');
const file = (made: DesiredStack, part: string) => made.files.find((one) => one.part === part);
const read = (made: DesiredStack, part: string) => parse(file(made, part)?.text ?? '') as Record<string, never>;
const receivers = [
  {
    name: 'all',
    email: [{ to: 'a@x', from: 'k@x', smarthost: 'mail:587', username: 'k', password: secret('MAIL') }],
    webhook: [{ url: secret('HOOK_URL'), username: 'u', password: secret('HOOK') }],
    sms: [{ url: 'https://sms', bearer: secret('SMS') }],
    chat: [{ url: secret('CHAT'), channel: '#ops' }],
  },
];
const route = { receiver: 'all', routes: [{ receiver: 'all', matchers: ['severity="critical"'], continue: true, groupWaitSeconds: 0.5 }] };

describe('the configuration of Alertmanager', () => {
  const made = stack({ alertmanager: { receivers, route, inhibit: [{ source: ['a="b"'], target: ['c="d"'], equal: ['zone'] }] } });

  it('has every kind of receiver, each with its secret in a file', () => {
    const config = read(made, 'config/alertmanager.yml');
    expect(config).toMatchObject({
      route: { receiver: 'all', routes: [{ matchers: ['severity="critical"'], continue: true, group_wait: '500ms' }] },
      inhibit_rules: [{ source_matchers: ['a="b"'], target_matchers: ['c="d"'], equal: ['zone'] }],
      receivers: [
        {
          email_configs: [
            { smarthost: 'mail:587', auth_username: 'k', auth_password_file: '/stack/secrets/receiver-all-email-0-password' },
          ],
          webhook_configs: [
            {
              url: 'value of HOOK_URL',
              http_config: { basic_auth: { username: 'u', password_file: '/stack/secrets/receiver-all-webhook-0-password' } },
            },
            { url: 'https://sms', http_config: { authorization: { credentials_file: '/stack/secrets/receiver-all-sms-1-bearer' } } },
          ],
          slack_configs: [{ api_url_file: '/stack/secrets/receiver-all-chat-0-url', channel: '#ops' }],
        },
      ],
    });
    expect(made.files.filter(({ part }) => part.startsWith('secret/')).every(({ mode, sensitive }) => mode === 0o600 && sensitive)).toBe(
      true,
    );
  });

  it('is itself for its owner alone where an address in it is a secret, and is compared without it', () => {
    expect(file(made, 'config/alertmanager.yml')).toMatchObject({ mode: 0o600, sensitive: true });
    const known = secret('HOOK_URL');
    const webhook = (url: Secret) => ({ alertmanager: { receivers: [{ name: 'all', webhook: [{ url }] }], route: { receiver: 'all' } } });
    const forgotten = file(stack(webhook(new Secret('HOOK_URL', { fingerprint: known.fingerprint }))), 'config/alertmanager.yml');
    expect(forgotten?.text).toBeUndefined();
    expect(forgotten?.fingerprint).toBe(file(stack(webhook(known)), 'config/alertmanager.yml')?.fingerprint);
  });
});

describe('the configuration of Prometheus', () => {
  it('passes everything on by remote write, and tells the shards apart', () => {
    const made = stack({
      prometheus: { shards: 2, externalLabels: { site: 'a' } },
      remoteWrite: [{ url: 'https://far', name: 'far', bearer: secret('FAR') }],
    });
    expect(read(made, 'config/prometheus-1.yml')).toMatchObject({
      global: { external_labels: { site: 'a', klevr_shard: '1' } },
      remote_write: [{ url: 'https://far', authorization: { type: 'Bearer', credentials_file: '/stack/secrets/remote-write-far-bearer' } }],
    });
    expect(made.processes.map(({ name, port }) => `${name} ${port}`)).toEqual(['prometheus 9090', 'prometheus-1 9091']);
    expect(made.data).toEqual(['prometheus', 'prometheus-1']);
    expect(made.files.filter(({ part }) => part.startsWith('secret/')).length).toBe(1);
  });

  it('never gives a program other arguments when only what it reads changes', () => {
    const [before] = stack({ scrape: { intervalSeconds: 5 } }).processes;
    expect(stack({ scrape: { intervalSeconds: 6 } }).processes[0]?.flags).toBe(before?.flags);
    expect(stack({ prometheus: { retentionTime: '3d' } }).processes[0]?.flags).not.toBe(before?.flags);
  });
});

describe('Grafana', () => {
  it('has each shard as a source of data, and reads its password from a file', () => {
    const made = stack({ prometheus: { shards: 2 }, grafana: { adminPassword: secret('ADMIN') } }, { grafana: '/usr/sbin/grafana-server' });
    const { datasources } = read(made, 'config/grafana/datasources/klevr.yml') as unknown as { datasources: { url: string }[] };
    expect(datasources.map(({ url }) => url)).toEqual(['http://127.0.0.1:9090', 'http://127.0.0.1:9091']);
    expect(file(made, 'config/grafana.ini')?.text).toContain('admin_password = $__file{/stack/secrets/grafana-admin-password}');
    expect(made.processes.at(-1)?.args).toEqual(['--homepath', '/usr/share/grafana', '--config', '/stack/config/grafana.ini']);
  });
});
