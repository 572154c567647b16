import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkSpec } from '@klevr/drivers/spec-schemas';
import { lintRecipe } from '@klevr/recipes/lint-recipe';

describe('the guide for those who write recipes', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../../docs/recipes.md'), 'utf8');
  const example = /```yaml\n(apiVersion: .*?)```/s.exec(guide)?.[1] ?? '';
  const lint = (manifest: string) => lintRecipe([{ path: 'recipe.yaml', data: Buffer.from(manifest), executable: false }], checkSpec);

  it('has an example without a fault', () => {
    const { faults, recipe } = lint(example);
    expect([faults, recipe?.manifest.name]).toEqual([[], 'web']);
  });

  it('shows the fault that lint would find', () => {
    const [fault] = lint(example.replace('{{ parameters.title }}', '{{ parameters.titel }}')).faults;
    expect(guide).toContain(`web/${fault?.file}:${fault?.line}:${fault?.column}: ${fault?.message}\n`);
  });
});
