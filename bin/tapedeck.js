#!/usr/bin/env node
// What `npx tapedeck` runs: the command line as `npm run build` made it.
import '../dist/cli/main.js';
