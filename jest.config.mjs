const swc = [
  '@swc/jest',
  {
    swcrc: false,
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2023',
      keepClassNames: true,
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

const common = {
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': swc },
  moduleNameMapper: {
    '^@klevr/([^/]+)/(.+)$': ['<rootDir>/libs/$1/src/$2.ts', '<rootDir>/services/$1/src/$2.ts', '<rootDir>/$1/src/$2.ts'],
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/(libs|services)/[^/]+/dist/', '<rootDir>/(scripts|bench)/dist/', '<rootDir>/\\.(nx|klevr)/'],
};

const unit = {
  ...common,
  displayName: 'unit',
  testMatch: ['**/src/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '\\.(int|soak)\\.spec\\.ts$'],
};

const integration = {
  ...common,
  displayName: 'integration',
  testMatch: ['**/src/**/*.int.spec.ts'],
  globalSetup: '<rootDir>/libs/testing/jest-global-setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/jest-global-teardown.mjs',
};

/**
 * Real servers on a busy machine take their time; nothing waits for so long without a reason. What test files have loaded as ES modules stays in memory, so a worker
 * that has grown is replaced: near the limit of its heap it would do little else than collect garbage.
 */
export default {
  testTimeout: 30_000,
  workerIdleMemoryLimit: '1GB',
  testSequencer: '<rootDir>/jest-sequencer.mjs',
  projects: [unit, integration],
};
