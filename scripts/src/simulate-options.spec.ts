import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CommanderError } from 'commander';
import { simulateOptions } from './simulate-options.js';

let said = '';
beforeEach(() => {
  said = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => void jest.restoreAllMocks());

describe('the command line of the simulator', () => {
  it('takes one process for each five thousand agents unless it is told otherwise', () => {
    expect(simulateOptions(['--zones', '200', '--agents', '50'])).toMatchObject({ zones: 200, agents: 50, heartbeat: 10, processes: 2 });
    expect(simulateOptions(['--zones', '200', '--agents', '50', '--processes', '1'])).toMatchObject({ processes: 1 });
    expect(simulateOptions(['--zones', '1', '--agents', '2', '--processes', '9'])).toMatchObject({ processes: 2 });
  });

  it('names every fault at once', () => {
    expect(() => simulateOptions(['--zones', 'x', '--agents', '0', '--url', 'ftp://a', '--seconds', '-1'])).toThrow(CommanderError);
    for (const option of ['--zones', '--agents', '--url', '--seconds']) expect(said).toContain(`error: ${option} is`);
  });

  it('refuses more agents than are possible, options that it does not know, and stray words', () => {
    expect(() => simulateOptions(['--zones', '2000', '--agents', '100'])).toThrow(CommanderError);
    expect(said).toContain('200000 agents are asked for; 50000 are possible');
    expect(() => simulateOptions(['--zonez', '2'])).toThrow(CommanderError);
    expect(() => simulateOptions(['100'])).toThrow(CommanderError);
  });
});
