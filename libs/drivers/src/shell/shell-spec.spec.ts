import { describe, expect, it } from '@jest/globals';
import { checkSpec } from '../spec-schemas.js';

describe('a section of scripts', () => {
  const spec = { target: { all: 'role = web' } };

  it('needs its scripts among the files of the recipe, all but the plan', () => {
    expect(checkSpec('shell', spec, ['apply.sh', 'destroy.sh', 'status.sh'])).toEqual([]);
    expect(checkSpec('shell', { ...spec, scripts: { apply: 'bin/up' } }, ['apply.sh', 'status.sh'])).toEqual([
      { path: 'scripts.apply', message: 'bin/up is not among the files of the recipe' },
      { path: 'scripts.destroy', message: 'destroy.sh is not among the files of the recipe' },
    ]);
    expect(checkSpec('shell', spec)).toEqual([]);
  });

  it('takes no templates as scripts, no file outside of the recipe, and no variable of Klevr', () => {
    const scripts = { apply: 'apply.sh.liquid', destroy: '../destroy.sh' };
    const faults = checkSpec('shell', { ...spec, scripts, environment: { KLEVR_ACTION: 'x' }, secretFiles: { KEY: 'open' } });
    expect(faults.map(({ path }) => path)).toEqual(['scripts.apply', 'scripts.destroy', 'environment.KLEVR_ACTION', 'secretFiles.KEY']);
  });
});
