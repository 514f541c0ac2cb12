/**
 * A resident that only says that it is there, and is guarded. What it is told to do stands in a file, so that the next one
 * does the same: `blind` looks once and then no more, `fails` ends at once the first time, `done` has nothing to do.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { keepGuard, noteLooks } from '../../../src/host/guard.ts';

const [looksFile = '', journal = ''] = process.argv.slice(2);
const before = readFileSync(journal, 'utf8');
const [todo] = before.split('\n');
appendFileSync(journal, `${String(process.pid)}\n`);
const isFirst = before.split('\n').length === 2;

if (!isFirst && todo === 'done') process.exit(0);
if (!isFirst && todo === 'fails' && before.split('\n').length === 3) process.exit(1);

keepGuard({
  next: { script: process.argv[1], args: [looksFile, journal], env: process.env },
  looksFile,
  onProblem: (problem) => {
    appendFileSync(journal, `${problem}\n`);
  },
});

let looks = 0;
setInterval(() => {
  looks += 1;
  if (!(isFirst && todo === 'blind' && looks > 15)) noteLooks(looksFile);
}, 100);
