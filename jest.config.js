/** One configuration for every level: `.spec.ts` is pure, `.int.spec.ts` needs the cluster that globalSetup starts. */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: {
    customExportConditions: ['postamt-source', 'node', 'node-addons'],
  },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testMatch: ['<rootDir>/{apps,libs,scripts,test}/**/*.spec.ts'],
  maxWorkers: 2,
  testTimeout: 60_000,
};
