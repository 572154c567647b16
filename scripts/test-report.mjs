// Reads Jest's own JSON report: the plain last line, and the skipped tests with their reasons.
// Run as a program it prints the plain line again.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const REPORT_FILE = join('reports', 'jest.json');

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
