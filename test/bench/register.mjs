import { register } from 'node:module';

// Node 20 cannot run TypeScript: the benchmarks borrow the hooks that `tapedeck` uses for strategy files. What they measure is the
// built code in dist, to which #domain, #replay and the others lead.
register('../../dist/cli/type-stripping.js', import.meta.url, {
  data: { packageEntry: new URL('../../dist/index.js', import.meta.url).href },
});
