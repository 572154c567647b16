import { describe, expect, it } from '@jest/globals';
import { planPresent } from './stack-plan.js';
import { plainFile } from './stack-file.js';

describe('the plan of a stack', () => {
  it('shows nothing of a file that held a secret, though what takes its place has none', () => {
    const file = plainFile('config/alertmanager.yml', '/stack/config/alertmanager.yml', 'url: https://plain\n');
    const plan = (mode: number) =>
      planPresent(
        { files: [file], processes: [], data: [] },
        {
          ...{ record: undefined, names: [], unfinished: [], data: [], processes: [], loaded: new Map() },
          files: new Map([[file.part, { state: 'different', text: 'url: https://hooks/sesame\n', mode }]]),
        },
        [],
        false,
      );
    expect(JSON.stringify(plan(0o640))).toContain('sesame');
    expect(JSON.stringify(plan(0o600))).not.toContain('sesame');
  });
});
