import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { cloudDetails } from './cloud-metadata.js';
import { providerFrom } from './cloud-provider.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;
const serve = async (answer: Answer): Promise<string> => {
  const made = createServer(answer);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
};
/** Answers these paths only, to requests with this header only. */
const pages = (found: Record<string, string>, header?: [string, string], more: Record<string, string> = {}): Promise<string> =>
  serve((request, response) => {
    const allowed = header === undefined || request.headers[header[0]] === header[1];
    const text = allowed && request.method === 'GET' ? found[request.url ?? ''] : undefined;
    response.writeHead(text === undefined ? 404 : 200, more).end(text ?? 'no');
  });

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

describe('the cloud that the firmware names', () => {
  it.each([
    ['aws', { vendor: 'Amazon EC2', bios: 'Amazon EC2', product: 't3.micro' }],
    ['aws', { vendor: 'Xen', product: 'HVM domU', bios: '4.11.amazon' }],
    ['gcp', { vendor: 'Google', product: 'Google Compute Engine' }],
    ['azure', { vendor: 'Microsoft Corporation', product: 'Virtual Machine', chassis: '7783-7084-3265-9085-8269-3286-77' }],
    ['openstack', { vendor: 'OpenStack Foundation', product: 'OpenStack Nova' }],
    ['digitalocean', { vendor: 'DigitalOcean', product: 'Droplet' }],
    ['hetzner', { vendor: 'Hetzner', product: 'vServer' }],
    ['other', { vendor: 'Alibaba Cloud', product: 'Alibaba Cloud ECS' }],
    [undefined, { vendor: 'Microsoft Corporation', product: 'Virtual Machine', chassis: '' }],
    [undefined, { vendor: 'Google', product: 'Eve' }],
    [undefined, { vendor: 'Dell Inc.' }],
    [undefined, {}],
  ])('%s: %j', (provider, firmware) => {
    expect(providerFrom(firmware)).toBe(provider);
  });
});

describe("a cloud's metadata service", () => {
  it('of AWS is asked with a token of its own', async () => {
    const document = {
      region: 'eu-west-1',
      availabilityZone: 'eu-west-1a',
      instanceId: 'i-0abc',
      instanceType: 'm6a.2xlarge',
      accountId: '1',
    };
    const base = await serve((request, response) => {
      const wanted =
        request.url === '/latest/api/token' && request.method === 'PUT' && request.headers['x-aws-ec2-metadata-token-ttl-seconds'];
      if (wanted) return response.end('secret-token');
      if (request.headers['x-aws-ec2-metadata-token'] !== 'secret-token') return response.writeHead(401).end();
      return response.end(request.url === '/latest/dynamic/instance-identity/document' ? JSON.stringify(document) : '');
    });
    expect(await cloudDetails('aws', base)).toEqual({
      region: 'eu-west-1',
      zone: 'eu-west-1a',
      instanceId: 'i-0abc',
      instanceType: 'm6a.2xlarge',
    });
  });

  it('of Google Cloud is asked with its header, and believed only where it says who it is', async () => {
    const found = {
      '/computeMetadata/v1/instance/id': '4567890123456789012',
      '/computeMetadata/v1/instance/zone': 'projects/12345/zones/europe-west1-b',
      '/computeMetadata/v1/instance/machine-type': 'projects/12345/machineTypes/e2-medium',
    };
    const details = { instanceId: '4567890123456789012', zone: 'europe-west1-b', region: 'europe-west1', instanceType: 'e2-medium' };
    expect(await cloudDetails('gcp', await pages(found, ['metadata-flavor', 'Google'], { 'Metadata-Flavor': 'Google' }))).toEqual(details);
    server?.close();
    expect(await cloudDetails('gcp', await pages(found, ['metadata-flavor', 'Google']))).toBeUndefined();
  });

  it('of Azure is asked with its header', async () => {
    const compute = { location: 'westeurope', zone: '', vmId: 'd3e0c1b2', vmSize: 'Standard_D2s_v5', publicKeys: [{ keyData: 'ssh-rsa' }] };
    const found = { '/metadata/instance/compute?api-version=2021-02-01&format=json': JSON.stringify(compute) };
    const details = { region: 'westeurope', instanceId: 'd3e0c1b2', instanceType: 'Standard_D2s_v5' };
    expect(await cloudDetails('azure', await pages(found, ['metadata', 'true']))).toEqual(details);
  });

  it('of OpenStack, DigitalOcean and Hetzner is asked as each of them wants', async () => {
    const openstack = { '/openstack/latest/meta_data.json': '{"uuid":"83679162","availability_zone":"nova","admin_pass":"secret"}' };
    expect(await cloudDetails('openstack', await pages(openstack))).toEqual({ instanceId: '83679162', zone: 'nova' });
    server?.close();
    const digitalocean = { '/metadata/v1/id': '2756294', '/metadata/v1/region': 'nyc3' };
    expect(await cloudDetails('digitalocean', await pages(digitalocean))).toEqual({ instanceId: '2756294', region: 'nyc3' });
    server?.close();
    const at = (name: string): string => `/hetzner/v1/metadata/${name}`;
    const hetzner = { [at('instance-id')]: '42\n', [at('region')]: 'eu-central', [at('availability-zone')]: 'nbg1-dc3' };
    expect(await cloudDetails('hetzner', await pages(hetzner))).toEqual({ instanceId: '42', region: 'eu-central', zone: 'nbg1-dc3' });
  });

  it('that does not answer is waited for no longer than it may', async () => {
    const base = await serve(() => undefined);
    const startedAt = performance.now();
    expect(await cloudDetails('hetzner', base)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it.each<[string, Answer]>([
    ['sends no end of an answer', (_request, response) => void response.writeHead(200).write('x'.repeat(1024))],
    ['sends far too much', (_request, response) => void response.end('7'.repeat(1024 * 1024))],
    ['sends a page', (_request, response) => void response.end('<html> please log in </html>')],
    ['sends elsewhere', (_request, response) => void response.writeHead(302, { location: '/metadata/v1/id' }).end('1')],
    ['cuts the connection', (request) => void request.socket.destroy()],
  ])('that %s is not believed', async (_what, answer) => {
    expect(await cloudDetails('digitalocean', await serve(answer))).toBeUndefined();
  });

  it('that is not there, or that nobody has written down, says nothing', async () => {
    expect(await cloudDetails('aws', 'http://127.0.0.1:1')).toBeUndefined();
    expect(await cloudDetails('other', 'http://127.0.0.1:1')).toBeUndefined();
  });
});
