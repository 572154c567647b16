import { describe, expect, it } from '@jest/globals';
import { Secret } from '@klevr/recipes/secret';
import { PrometheusSpec } from './prometheus-spec.js';

const faults = (spec: unknown): string[] =>
  PrometheusSpec.safeParse(spec).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
const token = new Secret('TOKEN', 'x');

describe('the section of a monitoring stack', () => {
  it('may be empty: Prometheus alone, on the loopback', () => {
    const spec = PrometheusSpec.parse({});
    expect(spec.prometheus).toMatchObject({ listen: '127.0.0.1', port: 9090, shards: 1 });
    expect(spec.alertmanager).toBeUndefined();
  });

  it('leaves out the slots of a recipe that nobody filled', () => {
    const receivers = [{ name: 'all', email: [{ from: 'a@b' }], webhook: [{ url: '' }], chat: [{ channel: 'x' }] }];
    const spec = PrometheusSpec.parse({
      scrape: { httpSd: [{ job: 'agents', url: '' }] },
      remoteWrite: [{ name: 'far' }],
      alertmanager: { receivers, route: { receiver: 'all' } },
    });
    expect(spec.scrape.httpSd).toEqual([]);
    expect(spec.remoteWrite).toEqual([]);
    expect(spec.alertmanager?.receivers[0]).toEqual({ name: 'all', email: [], webhook: [], chat: [], sms: [] });
  });

  it('refuses an address by which Grafana would read files of the host', () => {
    const externalUrl = 'http://x/$__file{/etc/shadow}';
    expect(faults({ grafana: { adminPassword: token, externalUrl } })).toEqual(['grafana.externalUrl: must not hold $__']);
  });

  it('refuses files that would be written over each other', () => {
    const dashboards = ['a/x.json', 'b/x.json.liquid'];
    expect(faults({ rules: ['a/b.yml', 'a-b.yml', 'a/b.yml'], grafana: { adminPassword: token, dashboards } })).toEqual([
      'rules: a-b.yml would be written over another file of its name',
      'grafana.dashboards: b/x.json.liquid would be written over another file of its name',
    ]);
  });

  it('tells every fault at once, with its path', () => {
    expect(
      faults({
        prometheus: { port: 0, retentionTime: 'long' },
        scrape: { httpSd: [{ job: 'agents', url: 'ftp://x', bearer: 'plain' }] },
        alertmanager: { receivers: [{ name: 'all' }], route: { receiver: 'nobody' } },
        surprise: 1,
      }),
    ).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^prometheus\.port: /),
        'prometheus.retentionTime: must be a time such as 15d',
        'scrape.httpSd.0.url: must be an http or https address',
        'scrape.httpSd.0.bearer: must be a credential: {fromCredential: name}',
        'alertmanager.route.receiver: is none of the receivers',
        expect.stringMatching(/surprise/),
      ]),
    );
  });

  it('refuses a port that two programs would share, shards included, and jobs of one name', () => {
    expect(faults({ prometheus: { shards: 4 }, nodeExporter: { port: 9092 } })[0]).toContain(
      'a port of its own: 9090, 9091, 9092, 9093, 9092',
    );
    expect(faults({ prometheus: { port: 65_535, shards: 2 } })[0]).toContain('no room');
    expect(faults({ scrape: { jobs: [{ job: 'node', targets: ['a:1'] }] } })[0]).toContain('the job node');
  });

  it('takes a secret only as a credential', () => {
    expect(faults({ remoteWrite: [{ url: 'https://x', bearer: token }] })).toEqual([]);
  });
});
