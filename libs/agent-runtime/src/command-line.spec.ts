import { describe, expect, it } from '@jest/globals';
import { answerTo, helpText } from './command-line.js';
import { AgentConfig } from './config.js';

describe('the command line of the agent', () => {
  it('tells every setting that there is', () => {
    const names = Object.keys(AgentConfig.shape).map((key) => `KLEVR_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`);
    expect(names.filter((name) => !helpText.includes(`  ${name} `))).toEqual([]);
    expect([...helpText.matchAll(/^ {2}(KLEVR_\w+)/gm)].map(([, name]) => name)).toEqual(names);
  });

  it('answers what is asked, help before all else, and leaves the rest to the configuration', () => {
    expect(answerTo(['--version', '--help'])).toBe(helpText);
    expect(answerTo(['--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const argv of [[], ['--check'], ['--versions'], ['version']]) expect(answerTo(argv)).toBeUndefined();
  });
});
