// npm test: installs what is missing, builds, runs every test and ends with one plain line from Jest's own report.
// Arguments are passed on to Jest, for example: npm test -- libs/contracts --selectProjects unit
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { runChild } from './run-child.mjs';
import { failedFiles, plainLine, readReport, REPORT_FILE, SECOND_REPORT_FILE, withSecondRun } from './test-report.mjs';

/** With more of them something is wrong with the whole. */
const MOST_RUN_AGAIN = 8;
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 };
const root = resolve(import.meta.dirname, '..');
const jestArguments = process.argv.slice(2);

/** A server that is just stopping may still write: what it wrote is removed in the next round, for five seconds at most. */
function removeFolder(path) {
  for (let round = 1; ; round++) {
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (round === 50) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}

async function run(script, args, env = {}) {
  const { code, signal } = await runChild(process.execPath, [join(root, script), ...args], { cwd: root, env: { ...process.env, ...env } });
  if (signal) fail(`stopped by ${signal}`, SIGNAL_EXIT_CODES[signal]);
  return code;
}

rmSync(join(root, REPORT_FILE), { force: true });
mkdirSync(dirname(join(root, REPORT_FILE)), { recursive: true });
await ensureInstalled(root).catch((error) => fail(`no test was run: ${error.message}`));

const buildCode = await run('node_modules/nx/dist/bin/nx.js', ['run-many', '-t', 'build', '--outputStyle=static']);
if (buildCode !== 0) fail('no test was run: the build failed');

// Everything temporary of the tests and their servers is made in here, and goes with it, however the tests end.
const temporaryFolder = mkdtempSync(join(tmpdir(), 'klevr-npm-test-'));
process.on('exit', () => removeFolder(temporaryFolder));

const nodeOptions = [process.env.NODE_OPTIONS, '--experimental-vm-modules --disable-warning=ExperimentalWarning'].filter(Boolean).join(' ');
/** A handle that a failed test left open must not hang the run. */
const jest = (reportFile, args) =>
  run('node_modules/jest/bin/jest.js', ['--json', `--outputFile=${reportFile}`, '--forceExit', ...args], {
    TMPDIR: temporaryFolder,
    NODE_OPTIONS: nodeOptions,
  });

// Two files at a time: much of a system test is waiting, and more than two would start dozens of processes at once.
let testCode = await jest(REPORT_FILE, ['--maxWorkers=2', ...jestArguments]);

/**
 * A few test files that failed are run once more, alone. Many tests kill processes and servers and wait for what comes of it, on
 * a machine that others may use as well; what fails alone too is a fault. Whatever passed only the second time is named.
 */
async function runAgain() {
  const first = JSON.parse(readFileSync(join(root, REPORT_FILE), 'utf8'));
  const files = failedFiles(first);
  if (files.length === 0 || files.length > MOST_RUN_AGAIN) return;
  console.log(`run once more, alone: ${files.join(', ')}`);
  const code = await jest(SECOND_REPORT_FILE, ['--runInBand', '--runTestsByPath', ...files]);
  const { report, onlyThen } = withSecondRun(first, JSON.parse(readFileSync(join(root, SECOND_REPORT_FILE), 'utf8')));
  writeFileSync(join(root, REPORT_FILE), JSON.stringify(report));
  for (const name of onlyThen) console.log(`failed at first, passed when run alone: ${name}`);
  testCode = code;
}
if (testCode !== 0 && jestArguments.length === 0)
  await runAgain().catch((error) => console.error(`nothing was run again: ${error.message}`));

const left = readdirSync(temporaryFolder);
if (left.length > 0) console.log(`left in the temporary folder by tests, removed now: ${left.join(', ')}`);

let report;
try {
  report = readReport(root);
} catch (error) {
  fail(`no test report (Jest ended with ${testCode}): ${error.message}`);
}

for (const { name, reason } of report.skipped) console.log(`skipped: ${name}${reason ? '' : ' — NO REASON GIVEN'}`);
const unexplained = jestArguments.length === 0 && report.skipped.some(({ reason }) => !reason);
if (unexplained) console.log('a skipped test must say why in its name: "… (skipped: needs root)"');
console.log(plainLine(report));
process.exitCode = testCode !== 0 || report.failed > 0 || report.passed === 0 || !report.complete || unexplained ? 1 : 0;
