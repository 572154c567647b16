export interface TestFileResult {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

export interface JestReport {
  readonly testResults: readonly TestFileResult[];
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly wasInterrupted: boolean;
}

export function failedFiles(report: JestReport): string[];
export function withSecondRun(first: JestReport, second: JestReport): { report: JestReport; onlyThen: string[] };
