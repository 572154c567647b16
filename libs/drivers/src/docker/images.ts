import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { Secret } from '@klevr/recipes/secret';
import { request } from 'undici';
import type { DriverWork } from '../driver.js';
import { contextTar } from './build-context.js';
import type { DesiredImage } from './desired-state.js';
import { withSignal, type DockerApi } from './docker-api.js';
import { label } from './docker-names.js';
import type { ImageSpec } from './docker-spec.js';
import { jsonLines } from './docker-streams.js';
import { PullProgress } from './pull-progress.js';

/** Brings images to the engine: by pull, build or import. Whatever is made carries the resource's id and appears under its name only when it is whole. */
const imageLimitSeconds = 3_600;

export class Images {
  constructor(
    private readonly api: DockerApi,
    private readonly work: Pick<DriverWork, 'files' | 'say' | 'signal'>,
    private readonly monotonicMs: () => number,
  ) {}

  async make(image: DesiredImage): Promise<void> {
    const { spec } = image;
    if ('pull' in spec) await this.pull(spec);
    else if ('build' in spec) await this.build(image, spec.build);
    else await this.import(image, spec.import);
  }

  async remove(reference: string): Promise<void> {
    await this.api.find(`the image ${reference}`, (docker, signal) => docker.getImage(reference).remove(withSignal({}, signal)));
  }

  private async pull({ pull: reference, auth }: Extract<ImageSpec, { pull: string }>): Promise<void> {
    const progress = new PullProgress(reference, this.work.say, this.monotonicMs);
    const authconfig = auth && { username: auth.username, password: plain(auth.password), serveraddress: registryOf(reference) };
    await this.api.ask(
      `pulling ${reference}`,
      async (docker, signal) => {
        const stream = await docker.createImage(authconfig, withSignal({ fromImage: withTag(reference) }, signal));
        for await (const line of jsonLines(stream)) {
          failed(line);
          progress.hear(line);
        }
      },
      imageLimitSeconds,
    );
    this.work.say(`pulled ${reference}`);
  }

  private async build(
    image: DesiredImage,
    { dockerfile, args, target, network }: Extract<ImageSpec, { build: object }>['build'],
  ): Promise<void> {
    const tar = Readable.from([await contextTar(this.work.files, image.context)]);
    const settings = {
      ...{ t: image.reference, dockerfile, buildargs: args, labels: image.labels, rm: true, forcerm: true },
      ...(network === 'default' ? {} : { networkmode: network }),
      ...(target === undefined ? {} : { target }),
    };
    await this.api.ask(
      `building ${image.part}`,
      async (docker, signal) => {
        const stream = await docker.buildImage(tar, withSignal(settings, signal));
        for await (const line of jsonLines(stream)) {
          failed(line);
          const said = typeof line['stream'] === 'string' ? line['stream'].trim() : '';
          if (said !== '') this.work.say(`${image.part}: ${said}`);
        }
      },
      imageLimitSeconds,
    );
  }

  private async import(image: DesiredImage, from: Extract<ImageSpec, { import: object }>['import']): Promise<void> {
    const hash = createHash('sha256');
    const tar = await this.source(from);
    tar.on('data', (chunk: Buffer) => hash.update(chunk));
    const [repo = '', tag = ''] = image.reference.split(':');
    const changes = [label.resource, label.part].map((key) => `LABEL ${key}=${JSON.stringify(image.labels[key])}`);
    const id = await this.api.ask(
      `importing ${image.part}`,
      async (docker, signal) => {
        const stream = await docker.importImage(tar, withSignal({ changes }, signal));
        let last = '';
        for await (const line of jsonLines(stream)) {
          failed(line);
          if (typeof line['status'] === 'string') last = line['status'];
        }
        return last;
      },
      imageLimitSeconds,
    );
    if ('sha256' in from && hash.digest('hex') !== from.sha256) {
      await this.remove(id);
      throw new Error(`${image.part} is not what the recipe says: its SHA-256 is another one`);
    }
    // Only now, as a name means that it is whole and right.
    await this.api.ask(`naming ${image.part}`, (docker, signal) => docker.getImage(id).tag(withSignal({ repo, tag }, signal)));
  }

  private async source(from: Extract<ImageSpec, { import: object }>['import']): Promise<Readable> {
    if ('file' in from) return Readable.from([await this.work.files.read(from.file)]);
    if ('path' in from) return createReadStream(from.path);
    const { statusCode, body } = await request(from.url, { signal: this.work.signal });
    if (statusCode !== 200) throw new Error(`${from.url} answered ${statusCode}`);
    return body;
  }
}

const plain = (text: Secret | string): string => (text instanceof Secret ? text.reveal() : text);

/** Without a tag the engine would take all that there are. */
const withTag = (reference: string): string => (/[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`);

const registryOf = (reference: string): string => {
  const first = reference.split('/')[0] ?? '';
  return reference.includes('/') && /[.:]|^localhost$/.test(first) ? first : 'https://index.docker.io/v1/';
};

const failed = (line: Record<string, unknown>): void => {
  if (typeof line['error'] === 'string') throw new Error(line['error'].trim());
};
