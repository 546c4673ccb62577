// Reads the output of `npm audit --json`. Fails on known vulnerabilities; where the registry does not answer, says that the check was skipped.
// Usage: node audit-verdict.mjs AUDIT_JSON
import { readFileSync } from 'node:fs';

const text = readFileSync(process.argv[2], 'utf8');
const report = parsed(text);
const counts = report?.metadata?.vulnerabilities;
if (counts === undefined) {
  const reason = report?.message ?? report?.error?.summary ?? 'no report';
  say(
    `skipped by the registry: ${String(reason)
      .split('\n')[0]
      .replace(/https?:\/\/\S+/g, '(its address)')}`,
  );
} else if (counts.total === 0) {
  say('no known vulnerabilities in the packages of the product');
} else {
  for (const [name, { severity }] of Object.entries(report.vulnerabilities)) say(`${severity}: ${name}`);
  process.exitCode = 1;
}

function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    // npm prints nothing, or plain text, when the registry is out of reach.
    return undefined;
  }
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
