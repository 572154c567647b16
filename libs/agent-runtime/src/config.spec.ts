import { describe, expect, it } from '@jest/globals';
import { scriptEnvironmentOf } from './config.js';

describe("the agent's configuration", () => {
  it('does not reach the scripts, nor what steers the agent itself', () => {
    expect(
      scriptEnvironmentOf({ PATH: '/bin', KLEVR_JOIN_TOKEN: 'secret', KLEVR_AGENT_DIR: '/x', NODE_OPTIONS: '--inspect', LANG: undefined }),
    ).toEqual({ PATH: '/bin' });
  });
});
