#!/usr/bin/env node
/** The command as it is written; dist/cli/main.js starts the same from what it is built to. */
import { runProcess } from './process.ts';

await runProcess();
