import { request } from 'node:http';
import type { CloudFacts } from '@klevr/contracts/agent';
import { z } from 'zod';

/**
 * What the metadata service of a cloud says of this machine.
 * Promises: only the service of the named provider is asked, at the link-local address, by no proxy and along no redirect; every request has half a
 * second and an answer's size is limited. What it does not say, or not in time, is left out. Nothing but place, id and size is kept of an answer.
 */
const metadataBase = 'http://169.254.169.254';
const timeoutMs = 500;
const mostBytes = 64 * 1024;
/** What a selector or a table can bear; the service is only as honest as the network. */
const Word = z.string().trim().min(1).max(200);

type Details = Omit<CloudFacts, 'provider'>;
type Ask = (path: string, headers?: Record<string, string>, method?: 'GET' | 'PUT') => Promise<Reply | undefined>;

interface Reply {
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** Undefined where the service does not answer. */
export const cloudDetails = async (provider: CloudFacts['provider'], base = metadataBase): Promise<Details | undefined> => {
  const read = readers[provider];
  const details = read && (await read((path, headers = {}, method = 'GET') => fetchText(base + path, headers, method)));
  return details && Object.values(details).some((value) => value !== undefined) ? present(details) : undefined;
};

type Found = { [F in keyof Details]: string | undefined };

const aws = async (ask: Ask): Promise<Found | undefined> => {
  const token = await ask('/latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': '60' }, 'PUT');
  if (token === undefined) return undefined;
  const reply = await ask('/latest/dynamic/instance-identity/document', { 'X-aws-ec2-metadata-token': token.text });
  return jsonOf(reply, { region: 'region', zone: 'availabilityZone', instanceId: 'instanceId', instanceType: 'instanceType' });
};

const gcp = async (ask: Ask): Promise<Found | undefined> => {
  const one = async (name: string): Promise<string | undefined> => {
    const reply = await ask(`/computeMetadata/v1/instance/${name}`, { 'Metadata-Flavor': 'Google' });
    // Anybody may sit at that address; Google's own service says so.
    return reply?.headers['metadata-flavor'] === 'Google' ? wordOf(reply.text) : undefined;
  };
  const [instanceId, place, size] = await Promise.all([one('id'), one('zone'), one('machine-type')]);
  const zone = place?.split('/').at(-1);
  return { instanceId, zone, region: zone?.replace(/-[a-z]$/, ''), instanceType: size?.split('/').at(-1) };
};

const azure = async (ask: Ask): Promise<Found | undefined> => {
  const reply = await ask('/metadata/instance/compute?api-version=2021-02-01&format=json', { Metadata: 'true' });
  return jsonOf(reply, { region: 'location', zone: 'zone', instanceId: 'vmId', instanceType: 'vmSize' });
};

const openstack = async (ask: Ask): Promise<Found | undefined> => {
  const [reply, size] = await Promise.all([ask('/openstack/latest/meta_data.json'), ask('/latest/meta-data/instance-type')]);
  const found = jsonOf(reply, { zone: 'availability_zone', instanceId: 'uuid' });
  return found && { ...found, instanceType: wordOf(size?.text) };
};

const digitalocean = async (ask: Ask): Promise<Found | undefined> => {
  const [id, region] = await Promise.all([ask('/metadata/v1/id'), ask('/metadata/v1/region')]);
  return { instanceId: wordOf(id?.text), region: wordOf(region?.text) };
};

const hetzner = async (ask: Ask): Promise<Found | undefined> => {
  const names = ['instance-id', 'region', 'availability-zone'];
  const [id, region, zone] = await Promise.all(names.map((name) => ask(`/hetzner/v1/metadata/${name}`)));
  return { instanceId: wordOf(id?.text), region: wordOf(region?.text), zone: wordOf(zone?.text) };
};

const readers: Partial<Record<CloudFacts['provider'], (ask: Ask) => Promise<Found | undefined>>> = {
  ...{ aws, gcp, azure, openstack, digitalocean, hetzner },
};

/** One line and no blanks within: anything else is somebody's web page. */
const wordOf = (value: unknown): string | undefined => {
  const word = Word.safeParse(value);
  return word.success && !/\s/.test(word.data) ? word.data : undefined;
};

/** `names`: the fields of the answer, by what they are to us. */
const jsonOf = (reply: Reply | undefined, names: { readonly [F in keyof Details]: string }): Found | undefined => {
  if (reply === undefined) return undefined;
  try {
    const body = z.record(z.string(), z.unknown()).parse(JSON.parse(reply.text));
    return Object.fromEntries(Object.entries(names).map(([name, field]) => [name, wordOf(body[field])]));
  } catch {
    return undefined;
  }
};

const present = (found: Found): Details =>
  Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined));

const fetchText = (url: string, headers: Record<string, string>, method: string): Promise<Reply | undefined> =>
  new Promise((resolve) => {
    const asked = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes <= mostBytes) parts.push(part);
        else asked.destroy();
      });
      response.on('error', () => resolve(undefined));
      response.on('close', () => resolve(undefined));
      response.on('end', () => {
        const good = response.statusCode === 200 && response.complete;
        resolve(good ? { text: Buffer.concat(parts).toString('utf8'), headers: response.headers } : undefined);
      });
    });
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
