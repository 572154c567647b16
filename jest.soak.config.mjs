// npm run soak: what takes longer than npm test should.
import config from './jest.config.mjs';

const integration = config.projects.find(({ displayName }) => displayName === 'integration');

export default {
  testTimeout: config.testTimeout,
  projects: [{ ...integration, displayName: 'soak', testMatch: ['**/src/**/*.soak.spec.ts'] }],
};
