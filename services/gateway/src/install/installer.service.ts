import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { shellWord } from '../zones/join-command.js';
import { PublicUrl } from '../zones/public-url.js';
import { type Download, DownloadsStore, downloadOf } from './downloads.store.js';

/** What hosts may download, and as what. */
export const downloadTypes = {
  'klevr-agent.mjs': 'text/javascript; charset=utf-8',
  'klevr-agent.mjs.sha256': 'text/plain; charset=utf-8',
  'klevr-agent.service': 'text/plain; charset=utf-8',
  'THIRD_PARTY_NOTICES.txt': 'text/plain; charset=utf-8',
  'klevr-worker.mjs': 'text/javascript; charset=utf-8',
  'klevr-worker.mjs.sha256': 'text/plain; charset=utf-8',
  'klevr-worker.service': 'text/plain; charset=utf-8',
  'THIRD_PARTY_NOTICES.worker.txt': 'text/plain; charset=utf-8',
} as const;
export type DownloadName = keyof typeof downloadTypes;

/** The script stands for any server; this is where the address of this one belongs. */
const addressPlace = "'@KLEVR_SERVER_URL@'";

/** Hands out the agent and the script that installs it. */
@Injectable()
export class InstallerService {
  constructor(
    private readonly downloads: DownloadsStore,
    private readonly publicUrl: PublicUrl,
  ) {}

  get(name: DownloadName): Promise<Download> {
    return this.getFile(name);
  }

  /** The script, with the address at which hosts reach this server. */
  async getScript(reachedAt: string | undefined): Promise<Download> {
    const serverUrl = this.publicUrl.orElse(reachedAt);
    const script = (await this.getFile('install.sh')).bytes.toString();
    return downloadOf(Buffer.from(script.replace(addressPlace, () => shellWord(serverUrl))));
  }

  private async getFile(name: DownloadName | 'install.sh'): Promise<Download> {
    const download = await this.downloads.find(name);
    if (download === undefined) {
      throw new AppError(
        'UNAVAILABLE',
        `This server has no ${name} to hand out: KLEVR_DOWNLOADS_DIR must name the folders of the built agent and worker, with a comma between`,
      );
    }
    return download;
  }
}
