import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { Secret } from '@klevr/recipes/secret';
import { eventually } from '@klevr/testing/eventually';
import { driverContract } from '../driver-contract.fixture.js';
import { Lives, type DriverBed, type Resource } from '../driver-lives.fixture.js';
import type { Goal } from '../driver.js';
import { hostIn, StateInMemory, workOf } from '../work.fixture.js';
import { openTerraformDriver } from './terraform-driver.js';

const moduleText = `
variable "names" { type = list(string) }
variable "token" {
  type    = string
  default = "none"
}
resource "terraform_data" "disk" {
  input = "disk"
}
resource "terraform_data" "thing" {
  for_each         = toset(var.names)
  input            = each.key
  triggers_replace = [var.token]
}
`;
const outputsText = `
output "names" { value = [for thing in terraform_data.thing : thing.output] }
output "token" {
  value     = var.token
  sensitive = true
}
`;

/** A worker with nothing around it: what it would have stored with the centre is lost with it. */
const workerText = `
  const { folder, recipe, resource, dist } = JSON.parse(process.argv[1]);
  const { openTerraformDriver } = await import(dist);
  const silent = () => undefined;
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const driver = openTerraformDriver({ folder, log, settings: {}, environment: { PATH: process.env.PATH, HOME: folder } });
  const state = { lock: async () => undefined, write: async () => undefined, unlock: async () => undefined };
  const own = folder + '/' + resource.id;
  await (await import('node:fs/promises')).mkdir(own, { recursive: true });
  const work = { resource, spec: {}, files: { folder: recipe }, folder: own, state, signal: new AbortController().signal, say: silent };
  const session = await driver.open(work);
  const goal = { present: true };
  await session.carryOut(await session.plan(goal), goal, async () => undefined);
`;

interface StateText {
  serial: number;
  resources: { type: string; name: string; instances: { index_key?: string; attributes: { id: string } }[] }[];
}

class TerraformBed implements DriverBed {
  readonly spec = { variables: { names: ['a'] }, data: ['terraform_data.disk'] };
  readonly changed = { variables: { names: ['b'] }, data: ['terraform_data.disk'] };
  readonly said: string[] = [];
  readonly states = new Map<string, StateInMemory>();

  private constructor(
    readonly folder: string,
    readonly recipeFolder: string,
  ) {}

  static async open(text = moduleText): Promise<TerraformBed> {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-terraform-'));
    const recipeFolder = join(folder, 'recipe');
    await mkdir(recipeFolder);
    await writeFile(join(recipeFolder, 'main.tf'), text);
    return new TerraformBed(folder, recipeFolder);
  }

  open = async () => openTerraformDriver(hostIn(this.folder));

  work: DriverBed['work'] = (resource, spec, signal) =>
    workOf({
      engine: { driver: 'terraform', id: 'terraform', version: '1', description: '' },
      ...{ folder: this.folder, recipeFolder: this.recipeFolder, resource, spec, signal, state: this.stateOf(resource.id) },
      say: (line) => void this.said.push(line),
    });

  stateOf(id: string): StateInMemory {
    const state = this.states.get(id) ?? new StateInMemory();
    this.states.set(id, state);
    return state;
  }

  textOf(id: string): StateText | undefined {
    const { content } = this.stateOf(id);
    return content === undefined ? undefined : (JSON.parse(content.toString()) as StateText);
  }

  things: DriverBed['things'] = async () =>
    [...this.states.keys()].flatMap((id) =>
      (this.textOf(id)?.resources ?? []).flatMap(({ type, name, instances }) =>
        instances.map((one) => `${id} ${type}.${name} ${one.index_key ?? ''}#${one.attributes.id}`),
      ),
    );

  /** It is gone, and the next refresh has seen that. */
  spoil: DriverBed['spoil'] = async ({ id }) => {
    const state = this.textOf(id);
    if (state === undefined) throw new Error('there is no state');
    for (const resource of state.resources) resource.instances = resource.instances.filter(({ index_key: key }) => key !== 'a');
    this.stateOf(id).content = Buffer.from(JSON.stringify({ ...state, serial: state.serial + 1 }));
  };

  close = () => rm(this.folder, { recursive: true });
}

const missing = (): string | undefined => {
  try {
    execFileSync('terraform', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'skipped: needs terraform on PATH';
  }
};
const skip = missing();

driverContract('terraform', () => TerraformBed.open(), { skip, watches: false });

(skip === undefined ? describe : describe.skip)(`terraform${skip === undefined ? '' : ` (${skip})`}`, () => {
  let bed: TerraformBed;
  beforeAll(async () => void (bed = await TerraformBed.open(moduleText + outputsText)));
  afterAll(() => bed.close());
  const lives = (): Lives => new Lives(() => bed);
  const web = (): Resource => ({ id: newId('resource'), name: 'web' });
  const gone = { present: false, deleteData: true } as const;

  it('gives outputs by name, the sensitive ones apart', async () => {
    const resource = web();
    await lives().reach(resource, { present: true });
    const { parts, values } = await lives().work(resource, (session) => session.observe());
    expect(values).toEqual({ outputs: { names: ['a'] }, sensitive: { token: 'none' } });
    expect(parts.map(({ part, state }) => [part, state])).toContainEqual(['terraform_data.thing["a"]', 'present']);
    await lives().reach(resource, gone);
  });

  it('shows a secret neither in plans nor in what it says, and puts it into no file', async () => {
    const resource = web();
    const spec = { variables: { names: ['a'], token: new Secret('TOKEN', 'sesame-open') } };
    const plan = await lives().planned(resource, { present: true }, spec);
    expect(plan.find(({ part }) => part.includes('thing'))?.fields).toContainEqual(
      expect.objectContaining({ path: 'triggers_replace', after: ['***'] }),
    );
    expect(JSON.stringify(plan)).not.toContain('sesame');
    await lives().reach(resource, { present: true }, spec);
    expect(bed.said.join('\n')).not.toContain('sesame');
    expect(bed.stateOf(resource.id).content?.toString()).toContain('sesame');
    expect(execFileSync('sh', ['-c', 'grep -rl sesame-open "$0" || true', bed.folder]).toString()).toBe('');
    await lives().reach(resource, gone, spec);
  });

  it('keeps the state at the centre, whatever a module wants for it', async () => {
    const resource = web();
    const wish = join(bed.recipeFolder, 'zz_override.tf');
    await writeFile(wish, 'terraform {\n  backend "local" {}\n}\n');
    try {
      await lives().reach(resource, { present: true });
      expect(bed.textOf(resource.id)?.resources.length).toBeGreaterThan(0);
      await lives().reach(resource, gone);
    } finally {
      await rm(wish);
    }
  });

  it('says what is wrong with a module in terraform’s own words', async () => {
    const spec = { variables: { names: 'no list' } };
    await expect(lives().planned(web(), { present: true }, spec)).rejects.toThrow(/list of string required/);
  });

  it('names every fault of a section', async () => {
    const wrong = { module: '../out', parallelism: 0, unknown: 1 };
    await expect(lives().planned(web(), { present: true }, wrong)).rejects.toThrow(/module.*parallelism.*nknown/s);
  });

  it('looks at nothing whose secrets are not there', async () => {
    const spec = { variables: { names: [], token: new Secret('TOKEN', { fingerprint: 'x' }) } };
    await expect(lives().planned(web(), { present: true }, spec)).rejects.toThrow(/credentials/);
  });

  it('takes over what an interrupted apply could not store', async () => {
    const resource = web();
    await lives().reach(resource, { present: true });
    const state = bed.stateOf(resource.id);
    const [whole, before] = [state.content, await bed.things()];
    // The centre was away when terraform wanted to store it.
    state.content = undefined;
    await mkdir(join(bed.folder, resource.id, 'module'), { recursive: true });
    await writeFile(join(bed.folder, resource.id, 'module', 'errored.tfstate'), whole ?? '');
    await lives().reach(resource, { present: true });
    expect(await bed.things()).toEqual(before);
    await lives().reach(resource, gone);
  });

  it('goes on after its worker was killed in the middle: terraform is waited for, and what it made is taken over', async () => {
    const resource = web();
    const recipe = join(bed.folder, 'slow');
    await mkdir(recipe);
    const modules = `
      resource "terraform_data" "first" {
        provisioner "local-exec" { command = "echo made >> ${bed.folder}/made" }
      }
      resource "terraform_data" "second" {
        depends_on = [terraform_data.first]
        provisioner "local-exec" { command = "touch ${bed.folder}/begun; sleep 2" }
      }`;
    await writeFile(join(recipe, 'main.tf'), modules);
    const settings = JSON.stringify({
      folder: bed.folder,
      recipe,
      resource,
      dist: new URL('../../dist/terraform/terraform-driver.js', import.meta.url).href,
    });
    const worker = spawn(process.execPath, ['--input-type=module', '-e', workerText, settings], { stdio: 'ignore' });
    const ended = once(worker, 'exit');
    await eventually('the second is being made', 30_000, () => (existsSync(join(bed.folder, 'begun')) ? true : undefined));
    worker.kill('SIGKILL');
    await ended;
    const whole = { ...bed.spec, variables: {} };
    const reach = async (goal: Goal): Promise<void> => {
      const driver = await bed.open();
      const engine = { driver: 'terraform', id: 'terraform', version: '1', description: '' } as const;
      const state = bed.stateOf(resource.id);
      const session = await driver.open(await workOf({ engine, folder: bed.folder, recipeFolder: recipe, resource, spec: whole, state }));
      await session.carryOut(await session.plan(goal), goal, () => Promise.resolve());
      expect((await session.plan(goal)).filter(({ action }) => action !== 'none')).toEqual([]);
      await session.close();
    };
    await reach({ present: true });
    expect(await made()).toBe(1);
    await reach(gone);
  });

  const made = async (): Promise<number> => {
    const text = await readFile(join(bed.folder, 'made'), 'utf8').catch(() => '');
    return text.split('\n').length - 1;
  };
});
