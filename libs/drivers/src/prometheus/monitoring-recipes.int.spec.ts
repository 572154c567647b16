import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@klevr/launcher/klevr-home';
import { checkParameters } from '@klevr/recipes/check-parameters';
import { lintRecipe } from '@klevr/recipes/lint-recipe';
import { renderFile, renderSpec } from '@klevr/recipes/render';
import { checkSpec } from '../spec-schemas.js';
import { desiredStack, type DesiredStack } from './desired-stack.js';
import { PrometheusSpec } from './prometheus-spec.js';
import { programsIn } from './programs.js';
import { realPrograms } from './stack-bed.fixture.js';
import { checkStack } from './stack-check.js';
import { sha256 } from './stack-file.js';

const resource = { id: 'res_01JZ0000000000000000000000', name: 'monitoring', zone: 'seoul dc1' };
const secrets = { get: () => 'secret-value' };

const filesOf = async (name: string) => {
  const folder = join(workspaceRoot, 'recipes', name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return { path: path.slice(folder.length + 1), data: await readFile(path), executable: false };
      }),
  );
};

/** What a container of the recipe would get as this file. */
const renderedFile = async (name: string, example: Record<string, unknown>, path: string): Promise<string> => {
  const files = await filesOf(name);
  const { recipe } = lintRecipe(files);
  const checked = recipe === undefined ? undefined : checkParameters(recipe.manifest, example);
  if (recipe === undefined || checked === undefined || 'faults' in checked) throw new Error('the example does not fit');
  const texts = new Map(files.map((file) => [file.path, file.data.toString()]));
  const given = { manifest: recipe.manifest, parameters: checked.parameters, resource, secrets };
  const file = renderFile({ ...given, path, files: { read: (one) => texts.get(one) } });
  if ('faults' in file) throw new Error(JSON.stringify(file.faults));
  return file.value.text;
};

/** The stack of one example, as a worker would have it in `root`. */
const stackOf = async (name: string, example: Record<string, unknown>, root: string): Promise<DesiredStack> => {
  const files = await filesOf(name);
  const { recipe } = lintRecipe(files);
  if (recipe === undefined) throw new Error('the recipe cannot be read');
  const checked = checkParameters(recipe.manifest, example);
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  const given = { manifest: recipe.manifest, parameters: checked.parameters, resource, secrets };
  const rendered = renderSpec(given);
  if ('faults' in rendered) throw new Error(JSON.stringify(rendered.faults));
  const texts = new Map(files.map(({ path, data }) => [path, data.toString()]));
  const rules = PrometheusSpec.parse(rendered.value).rules.map((path) => {
    const file = path.endsWith('.liquid') ? renderFile({ ...given, path, files: { read: (one) => texts.get(one) } }) : undefined;
    if (file !== undefined && 'faults' in file) throw new Error(JSON.stringify(file.faults));
    const text = file?.value.text ?? texts.get(path) ?? '';
    return { path, text, sensitive: false, known: true, digest: sha256(text) };
  });
  return desiredStack(PrometheusSpec.parse(rendered.value), await programsIn([await realPrograms()]), { rules, dashboards: [] }, root);
};

describe.each(['monitoring-stack', 'monitoring-long-term'])('the recipe %s', (name) => {
  it('has no fault and leaves no wish of its reader open', async () => {
    const { faults, warnings } = lintRecipe(await filesOf(name), checkSpec);
    expect({ faults, warnings }).toEqual({ faults: [], warnings: [] });
  });

  it('gives files that promtool and amtool take, whatever is left out', async () => {
    const examples = lintRecipe(await filesOf(name)).recipe?.manifest.examples ?? [];
    expect(examples.length).toBeGreaterThan(1);
    const folder = await mkdtemp(join(tmpdir(), 'klevr-recipe-'));
    try {
      for (const example of examples) {
        const root = join(folder, 'new-check');
        const stack = await stackOf(name, example, root);
        const programs = await programsIn([await realPrograms()]);
        await checkStack(stack, { programs, folder: root, root: folder, signal: new AbortController().signal });
        const texts = stack.files.filter(({ part }) => part.startsWith('config/')).map(({ text }) => text ?? '');
        expect(texts.join('\n')).not.toContain('secret-value');
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);
});

describe('the recipe monitoring-on-docker', () => {
  it('gives containers files that promtool and amtool take, whatever is left out', async () => {
    const name = 'monitoring-on-docker';
    const examples = lintRecipe(await filesOf(name)).recipe?.manifest.examples ?? [];
    const folder = await mkdtemp(join(tmpdir(), 'klevr-recipe-'));
    const run = promisify(execFile);
    try {
      for (const example of [...examples, { grafanaPassword: 'G', emailTo: 'a: "b', smarthost: "x' y:25" }]) {
        const put = async (path: string): Promise<string> => {
          const at = join(folder, path.replace('.liquid', '').replace('/', '-'));
          await writeFile(at, await renderedFile(name, example, path));
          return at;
        };
        const programs = await realPrograms();
        const config = await put('prometheus.yml.liquid');
        await run(join(programs, 'promtool'), ['check', 'config', '--syntax-only', config]);
        await run(join(programs, 'promtool'), ['check', 'rules', await put('rules/zone.yml.liquid')]);
        await run(join(programs, 'amtool'), ['check-config', await put('alertmanager.yml.liquid')]);
        expect(await readFile(config, 'utf8')).toContain('zone: "seoul dc1"');
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
