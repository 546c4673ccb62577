// Reads a report of vitest's JSON reporter, prints what was skipped or failed by name, and writes "passed failed" to a file.
// Usage: node vitest-totals.mjs REPORT TOTALS
import { readFileSync, writeFileSync } from 'node:fs';

const [reportPath, totalsPath] = process.argv.slice(2);
const report = JSON.parse(readFileSync(reportPath, 'utf8'));
const tests = report.testResults.flatMap((file) => file.assertionResults);

/** Skipped where it cannot run, and says so in its name: "… (only on Linux)". */
const mayBeSkipped = ({ fullName }) => /\(only [^)]+\)/.test(fullName);
const named = (status) => tests.filter((test) => test.status === status);
const passed = named('passed').length;
const failed = named('failed');
const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
const unexpected = skipped.filter((test) => !mayBeSkipped(test));
// A file that does not load has no tests: it is one failure.
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
);

for (const { fullName } of failed) say(`failed test: ${fullName}`);
for (const { name, message } of broken) say(`broken test file: ${name.replace(`${process.cwd()}/`, '')} ${message ?? ''}`);
for (const test of skipped) say(`skipped test${mayBeSkipped(test) ? '' : ' (counts as failed)'}: ${test.fullName}`);
const failures = failed.length + broken.length + unexpected.length;
// An empty report, or one that failed in a way no test shows (an unhandled error), must not pass for success.
const total = passed === 0 || (report.success === false && failures === 0) ? failures + 1 : failures;
say(`vitest: ${passed} passed, ${total} failed, ${skipped.length} skipped`);
writeFileSync(totalsPath, `${passed} ${total}\n`);

function say(line) {
  process.stdout.write(`${line}\n`);
}
