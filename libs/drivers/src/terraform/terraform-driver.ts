import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@klevr/contracts/errors';
import type { Engine } from '@klevr/contracts/resource';
import { execa } from 'execa';
import { z } from 'zod';
import { type Driver, type DriverHost, type DriverSession, type DriverWork, type OpenDriver } from '../driver.js';
import { readSection } from '../read-section.js';
import { StateServer } from './state-server.js';
import { jsonOf, TerraformCli } from './terraform-cli.js';
import { TerraformSession } from './terraform-session.js';
import { secretsOf, TerraformSpec, variablesOf } from './terraform-spec.js';

/**
 * Terraform, or OpenTofu where only that is there.
 * Promises: the state is with the centre, sealed, and held by one worker at a time; what an interrupted terraform made is not forgotten; secrets are in
 * no file but the plan that is carried out, which nobody else may read and which goes with the session, or with the next one after a kill.
 * Does not: have events; drift is found by planning. A plan needs the secrets of the section, so only operations look at a resource that names any.
 */
export const openTerraformDriver: OpenDriver = (host) => new TerraformDriver(host);

const Version = z.object({ terraform_version: z.string() });

class TerraformDriver implements Driver {
  readonly name = 'terraform';
  private binary: string | undefined;

  constructor(private readonly host: DriverHost) {}

  /** Of this host: an apply that was cut off is gone on with where it was begun, as only there stands what terraform could not store. */
  async engines(): Promise<Engine[]> {
    const { terraformBinary } = this.host.settings;
    for (const binary of terraformBinary === undefined ? ['terraform', 'tofu'] : [terraformBinary]) {
      const { stdout, failed } = await execa(binary, ['version', '-json'], {
        env: this.environment,
        extendEnv: false,
        reject: false,
        timeout: 30_000,
      });
      const told = failed ? undefined : Version.safeParse(jsonOf(stdout)).data;
      if (told === undefined) continue;
      this.binary = binary;
      return [
        {
          driver: 'terraform',
          id: this.host.settings.terraformEngine ?? (await hostId()),
          version: told.terraform_version,
          description: binary,
        },
      ];
    }
    return [];
  }

  async open(work: DriverWork): Promise<DriverSession> {
    const spec = readSection(TerraformSpec, work.spec);
    const secrets = secretsOf(spec);
    if (secrets.some(({ known }) => !known))
      throw new AppError('UNAVAILABLE', 'looking at it needs its credentials, which come with operations only');
    if (this.binary === undefined) await this.engines();
    if (this.binary === undefined) throw new AppError('UNAVAILABLE', 'there is no terraform on this worker');
    const mask = maskOf(secrets.map((secret) => secret.reveal()));
    const folder = join(work.folder, 'module');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const state = await StateServer.open(work.state);
    try {
      const environment = { ...this.environment, ...variablesOf(spec).environment, ...state.environment };
      const cli = new TerraformCli({ binary: this.binary, folder, environment, signal: work.signal, mask: (text) => String(mask(text)) });
      return await TerraformSession.open({ work, spec, cli, state, folder, pluginFolder: this.host.settings.terraformPluginFolder, mask });
    } catch (error_) {
      await state.close();
      throw error_;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private get environment(): Record<string, string> {
    return {
      ...this.host.environment,
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
      TF_CLI_CONFIG_FILE: this.host.settings.terraformConfigFile ?? '/dev/null',
    };
  }
}

const hostId = async (): Promise<string> => {
  const id = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  return `terraform-${id.trim() || hostname()}`;
};

/** Texts in which secrets stand, anywhere in a value, with `***` in their place. Very short ones would be found everywhere. */
const maskOf = (secrets: readonly string[]): ((value: unknown) => unknown) => {
  // The longest first: another one may be its beginning, and would leave its end.
  const hidden = secrets.filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length);
  const mask = (value: unknown): unknown => {
    if (typeof value === 'string') return hidden.reduce((text, secret) => text.replaceAll(secret, '***'), value);
    if (Array.isArray(value)) return value.map(mask);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mask(inner)]));
  };
  return mask;
};
