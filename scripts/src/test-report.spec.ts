import { describe, expect, it } from '@jest/globals';
import { failedFiles, withSecondRun } from '../test-report.mjs';

const test = (fullName: string, status: string) => ({ fullName, status });
const file = (name: string, ...assertionResults: { fullName: string; status: string }[]) => ({
  name,
  status: assertionResults.length > 0 && assertionResults.every(({ status }) => status !== 'failed') ? 'passed' : 'failed',
  assertionResults,
});
const reportOf = (...testResults: ReturnType<typeof file>[]) => ({
  testResults,
  numPassedTests: 0,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  wasInterrupted: false,
});

describe('the report of files that were run again', () => {
  const first = reportOf(
    file('a.spec.ts', test('a', 'passed')),
    file('b.int.spec.ts', test('b1', 'failed'), test('b2', 'passed')),
    file('c.int.spec.ts'),
    file('d.int.spec.ts', test('d', 'failed')),
  );

  it('names the files that failed or could not be run', () => {
    expect(failedFiles(first)).toEqual(['b.int.spec.ts', 'c.int.spec.ts', 'd.int.spec.ts']);
  });

  it('counts what the second run found, and names what passed only then', () => {
    const second = reportOf(
      file('b.int.spec.ts', test('b1', 'passed'), test('b2', 'passed')),
      file('c.int.spec.ts', test('c', 'pending')),
      file('d.int.spec.ts', test('d', 'failed')),
    );
    const { report, onlyThen } = withSecondRun(first, second);
    expect(onlyThen).toEqual(['b1']);
    expect(report).toMatchObject({ numPassedTests: 3, numFailedTests: 1, numRuntimeErrorTestSuites: 0, wasInterrupted: false });
  });

  it('keeps a file that could not be run the second time either as failed, and an interruption as one', () => {
    const { report, onlyThen } = withSecondRun(first, { ...reportOf(file('b.int.spec.ts')), wasInterrupted: true });
    expect(onlyThen).toEqual([]);
    expect(report).toMatchObject({ numFailedTests: 1, numRuntimeErrorTestSuites: 2, wasInterrupted: true });
  });
});
