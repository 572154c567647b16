// Reads Jest's own JSON report: the plain last line, and the skipped tests with their reasons.
// Run as a program it prints the plain line again.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const REPORT_FILE = join('reports', 'jest.json');
/** Of the files that were run once more. */
export const SECOND_REPORT_FILE = join('reports', 'jest-again.json');

/** A file that could not be run at all has no tests in the report; it counts as one failed. */
export function readReport(root) {
  const report = JSON.parse(readFileSync(join(root, REPORT_FILE), 'utf8'));
  const skipped = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'pending' || test.status === 'todo' || test.status === 'disabled')
      .map((test) => ({ name: test.fullName, reason: /skipped: (.+?)\)?$/.exec(test.fullName)?.[1] })),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped,
    complete: !report.wasInterrupted,
  };
}

/** The test files of a report with a test that failed, or that could not be run at all. */
export const failedFiles = ({ testResults }) => testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);

const statusCounts = (files, status) =>
  files.flatMap(({ assertionResults }) => assertionResults).filter((test) => test.status === status).length;

/** The report of a run, with the files that were run again as they were the second time, and the tests that passed only then. */
export function withSecondRun(first, second) {
  const again = new Map(second.testResults.map((file) => [file.name, file]));
  const testResults = first.testResults.map((file) => again.get(file.name) ?? file);
  const passedNow = new Set(
    second.testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => `${name} ${fullName}`),
    ),
  );
  const onlyThen = first.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status, fullName }) => status === 'failed' && passedNow.has(`${name} ${fullName}`))
      .map(({ fullName }) => fullName),
  );
  const report = {
    ...first,
    testResults,
    numPassedTests: statusCounts(testResults, 'passed'),
    numFailedTests: statusCounts(testResults, 'failed'),
    numRuntimeErrorTestSuites: testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
      .length,
    wasInterrupted: first.wasInterrupted || second.wasInterrupted,
  };
  return { report, onlyThen };
}

export function plainLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(plainLine(readReport(process.cwd())));
  } catch {
    console.log('no test report: the tests did not run to their end');
    process.exitCode = 1;
  }
}
