// npm run soak: what takes longer than npm test should, and the drivers cut off at every place instead of some.
import config from './jest.config.mjs';

const integration = config.projects.find(({ displayName }) => displayName === 'integration');
const testMatch = ['**/src/**/*.soak.spec.ts', '**/libs/drivers/src/**/*.int.spec.ts'];

export default {
  testTimeout: config.testTimeout,
  projects: [{ ...integration, displayName: 'soak', testMatch, globals: { klevrSoak: true } }],
};
