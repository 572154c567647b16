import type { CloudFacts, HostFacts } from '@klevr/contracts/agent';
import { Capabilities } from './capabilities.js';
import { cloudDetails } from './cloud-metadata.js';
import { providerFrom, readFirmware } from './cloud-provider.js';

/** The facts that other programs and services must be asked for. */
export interface SlowPart {
  readonly capabilities: HostFacts['capabilities'];
  readonly cloud: CloudFacts | undefined;
}

/** A metadata service that a firewall hides stays hidden. */
const cloudTries = 5;

/**
 * Keeps what was found out last, so that nobody has to wait for it.
 * Promises: one search at a time, whoever asks; what was found of the cloud stays for the life of the process, as the machine cannot change its own.
 */
export class SlowFacts {
  private part: SlowPart = { capabilities: {}, cloud: undefined };
  private searching: Promise<SlowPart> | undefined;
  private first: Promise<SlowPart> | undefined;
  private cloudTriesLeft = cloudTries;
  private readonly capabilities: Capabilities;

  constructor(
    path: string,
    private readonly details: typeof cloudDetails = cloudDetails,
    private readonly firmware: typeof readFirmware = readFirmware,
  ) {
    this.capabilities = new Capabilities(path);
  }

  /** What is known now; before anything is, whatever the first search finds within this time. */
  async known(waitMs: number): Promise<SlowPart> {
    this.first ??= this.search();
    let limit: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (limit = setTimeout(resolve, waitMs)));
    await Promise.race([this.first, patience]);
    clearTimeout(limit);
    return this.part;
  }

  search(): Promise<SlowPart> {
    this.searching ??= this.find().finally(() => (this.searching = undefined));
    this.first ??= this.searching;
    return this.searching;
  }

  private async find(): Promise<SlowPart> {
    const [capabilities] = await Promise.all([this.capabilities.find((tool, version) => this.add(tool, version)), this.findCloud()]);
    this.part = { ...this.part, capabilities };
    return this.part;
  }

  /** Each is known as soon as it is found. */
  private add(tool: string, version: string): void {
    this.part = { ...this.part, capabilities: { ...this.part.capabilities, [tool]: version } };
  }

  private async findCloud(): Promise<void> {
    if (this.cloudTriesLeft === 0) return;
    this.cloudTriesLeft -= 1;
    const provider = providerFrom(await this.firmware());
    if (provider === undefined) {
      this.cloudTriesLeft = 0;
      return;
    }
    this.part = { ...this.part, cloud: { ...this.part.cloud, provider } };
    const details = await this.details(provider);
    if (details === undefined) return;
    this.part = { ...this.part, cloud: { provider, ...details } };
    this.cloudTriesLeft = 0;
  }
}
