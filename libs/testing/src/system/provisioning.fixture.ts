import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Operation, Resource } from '@klevr/contracts/resource';
import type { Api } from '../api.js';
import { eventually } from '../eventually.js';

const run = promisify(execFile);
const LONGEST_MS = 30_000;

const manifest = `apiVersion: klevr/v1
name: shelf
version: 1.0.0
description: Things on a shelf that is a file
driver: pretend
parameters:
  type: object
  additionalProperties: false
  properties:
    size: { type: integer, minimum: 1, default: 1 }
    delayMs: { type: integer, minimum: 0, default: 0 }
outputs:
  count: { description: how many there are, value: '{{ observed.count }}' }
health:
  - { type: engine, name: there, everySeconds: 3600 }
spec:
  delayMs: '{{ parameters.delayMs }}'
  things:
    - { kind: volume, name: data, data: true }
    - { name: first, size: '{{ parameters.size }}' }
    - { name: second, size: '{{ parameters.size }}' }
`;

const note = {
  'recipe.yaml': `apiVersion: klevr/v1
name: note
version: 1.0.0
description: A text in a file of a host
driver: shell
parameters:
  type: object
  required: [file, text]
  properties: { file: { type: string }, text: { type: string } }
outputs:
  bytes: { value: '{{ observed.bytes }}' }
spec:
  target: { any: '' }
  environment: { NOTE_FILE: '{{ parameters.file }}', NOTE: '{{ parameters.text }}' }
`,
  'apply.sh': 'printf %s "$NOTE" > "$NOTE_FILE"',
  'destroy.sh': 'rm -f "$NOTE_FILE"',
  'status.sh': `drift=
[ -e "$NOTE_FILE" ] || drift='{"part":"file/note","action":"create"}'
printf '{"drift":[%s],"outputs":{"bytes":%d}}' "$drift" "$(cat "$NOTE_FILE" 2>/dev/null | wc -c)" > "$KLEVR_OUTPUT"`,
};

/** A Git repository with two recipes, `shelf` for workers and `note` for agents; answers its address. */
export async function recipeRepository(folder: string): Promise<string> {
  for (const [recipe, files] of Object.entries({ shelf: { 'recipe.yaml': manifest }, note })) {
    await mkdir(join(folder, recipe), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, recipe, name), text);
  }
  const author = ['-c', 'user.name=Author', '-c', 'user.email=author@example.test'];
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '.'],
    [...author, 'commit', '--quiet', '--message', 'recipes'],
  ])
    await run('git', ['-C', folder, ...args], { timeout: LONGEST_MS });
  return `file://${folder}`;
}

/** The world of the pretend driver, as somebody sees it who looks at the engine and not at Klevr. */
export class World {
  constructor(private readonly path: string) {}

  /** Parts of a resource, each with its size. */
  async partsOf(resourceId: string): Promise<Record<string, number>> {
    const things = Object.values((await this.read()).things).filter(({ resource }) => resource === resourceId);
    return Object.fromEntries(things.map(({ part, size }) => [part, size]));
  }

  /** Somebody takes something away by hand. */
  async take(resourceId: string, part: string): Promise<void> {
    const world = await this.read();
    const rest = Object.entries(world.things).filter(([, thing]) => thing.resource !== resourceId || thing.part !== part);
    await writeFile(`${this.path}.by-hand`, JSON.stringify({ things: Object.fromEntries(rest) }));
    await rename(`${this.path}.by-hand`, this.path);
  }

  private async read(): Promise<{ things: Record<string, { resource: string; part: string; size: number }> }> {
    return JSON.parse(await readFile(this.path, 'utf8').catch(() => '{"things":{}}')) as never;
  }
}

type Action = 'plan' | 'apply' | 'destroy' | 'refresh';

/** An operator who makes shelves. */
export class Shelves {
  constructor(
    private readonly api: Api,
    private readonly zone: string,
  ) {}

  create(name: string, parameters: object = {}, more: object = {}): Promise<Resource> {
    return this.api.post('/resources', { name, zone: this.zone, recipe: { source: 'ours', name: 'shelf' }, parameters, ...more });
  }

  get(id: string): Promise<Resource> {
    return this.api.get(`/resources/${id}`);
  }

  change(id: string, changes: object): Promise<Resource> {
    return this.api.patch(`/resources/${id}`, changes);
  }

  begin(id: string, action: Action, body: object = {}): Promise<Operation> {
    return this.api.post(`/resources/${id}/${action}`, body);
  }

  cancel(id: string): Promise<Operation> {
    return this.api.post(`/operations/${id}/cancel`, {});
  }

  async done(id: string, action: Action, body: object = {}): Promise<Operation> {
    return this.end((await this.begin(id, action, body)).id);
  }

  end(operationId: string): Promise<Operation> {
    return this.until(operationId, 'has ended', ({ finishedAt }) => finishedAt !== null);
  }

  /** The first change is carried out, and there are more to come. */
  inTheMiddle(operationId: string): Promise<Operation> {
    return this.until(operationId, 'is in the middle', ({ steps }) => steps.some(({ state }) => state === 'done'));
  }

  private until(operationId: string, what: string, holds: (operation: Operation) => boolean): Promise<Operation> {
    return eventually(`the operation ${what}`, LONGEST_MS, async () => {
      const operation = await this.api.get<Operation>(`/operations/${operationId}`);
      return holds(operation) ? operation : undefined;
    });
  }
}
