/** `status`, and what keepalived hears from the resident. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startPair } from '../integration/lib/pair.ts';
import { startFit } from '../integration/lib/resident.ts';
import { says, UNFIT } from '../integration/lib/told.ts';
import { Running } from '../lib/process.ts';
import { redisha } from '../lib/program.ts';
import { waitFor } from '../lib/wait.ts';

/** As `config` writes it, for a resident whose files are in `directory`. */
const confFor = (directory: string, words: readonly string[], port: number): string =>
  [
    'global_defs {',
    `  vrrp_notify_fifo ${join(directory, 'fifo')}`,
    `  vrrp_notify_fifo_script "/usr/local/bin/redisha watch ${words.join(' ')} redis=${String(port)}"`,
    '}\n',
  ].join('\n');

/** What the kernel shows of a keepalived; this machine need not have one that runs. */
const startKeepalived = (dir: string): void => {
  const program = join(dir, 'keepalived');
  copyFileSync('/bin/sleep', program);
  const running = new Running(['setpriv', '--pdeathsig', 'KILL', '--', program, '300']);
  onTestFinished(() => running.stop('SIGKILL'));
};

test('a pair in order of which keepalived does not hear is not in order', async () => {
  const { a, b, dir } = await startPair();
  startKeepalived(dir);
  const directory = join(dir, 'run');
  mkdirSync(directory);
  const [conf, unfit, looked] = [
    join(dir, 'keepalived.conf'),
    join(directory, `${String(a.port)}-unfit`),
    join(directory, `${String(a.port)}-looked`),
  ];
  const words = a.words(b);
  writeFileSync(conf, confFor(directory, words.slice(0, 2), a.port));
  const look = () => redisha(['status', ...words], { ...a.envFor(b), REDISHA_KEEPALIVED_CONF: conf });
  const nobody = await look();
  expect(nobody.code).toBe(1);
  expect(nobody.stdout).toContain(
    'not in order: nobody looks at this node: "not-watched" in the log says why\n  next: systemctl restart',
  );

  writeFileSync(conf, readFileSync(conf, 'utf8').replace('{', '{\n  script_user nobody'));
  writeFileSync(looked, '0 1\n');
  const long = (await look()).stdout;
  expect(long).toMatch(/not in order: nobody has looked for \d+ s at this node/);
  expect(long).toContain(`and perhaps "sudo -u nobody redisha check ${String(words[0])} ${String(a.port)}"`);

  // Long after this test: as if somebody looked all the time.
  writeFileSync(looked, `0 ${String(Math.trunc(uptime()) + 3600)}\n`);
  const nothing = await look();
  expect(nothing.code).toBe(1);
  expect(nothing.stdout).toContain(`not in order: keepalived hears nothing from redisha: ${unfit} cannot be read`);
  writeFileSync(unfit, '1\n');
  expect((await look()).stdout).toContain('not in order: keepalived is told that this node is not fit');
  writeFileSync(unfit, '0\n');
  // Nobody may write into what the tests have here.
  writeFileSync(conf, confFor(directory, words.slice(0, 2), a.port));
  const heard = await look();
  expect(heard.code, heard.stdout).toBe(0);
  expect(heard.stdout).toMatch(new RegExp(`^told +fit, by ${unfit}`, 'm'));

  // keepalived hears, and does not move the address all the same.
  const instance = `vrrp_script chk {
  script "/usr/local/redis/sh/redis_check.sh ${String(words[0])} ${String(a.port)}"
  weight -20
}
vrrp_instance VI_1 {
  nopreempt
  track_script {
    chk
  }
  notify_master "/usr/local/redis/sh/redis_master.sh ${words.join(' ')}"
}
`;
  const before = readFileSync(conf, 'utf8');
  writeFileSync(conf, before + instance);
  const stays = `line 7 of ${conf}: the check chk has weight -20, and VI_1 has nopreempt`;
  const weighed = await look();
  expect(weighed.code).toBe(1);
  expect(weighed.stdout).toContain(`not in order: ${stays}`);
  const log = join(dir, 'check.log');
  const check = ['check', ...words.slice(0, 1), String(a.port)];
  const checked = await redisha(check, { ...a.envFor(b), REDISHA_KEEPALIVED_CONF: conf, REDISHA_LOG_FILE: log });
  expect(checked.code, checked.stderr).toBe(0);
  expect(readFileSync(log, 'utf8')).toContain(stays);

  writeFileSync(conf, `${before}~SEQ(X, 1, 2) x\n${instance}`);
  const unclear = await look();
  expect(unclear.code, unclear.stdout).toBe(0);
  expect(unclear.stdout).toContain(`line 5 of ${conf} is not understood: redisha does not follow ~SEQ and ~LST`);
});

test('a resident that is asked says what it knows, and who it is', async () => {
  const { a, b, dir } = await startPair();
  startKeepalived(dir);
  const { directory, file, worker } = await startFit(a, b);
  const conf = join(dir, 'keepalived.conf');
  writeFileSync(conf, confFor(directory, a.words(b).slice(0, 2), a.port));
  const env = { ...a.envFor(b), REDISHA_KEEPALIVED_CONF: conf };
  const heard = await redisha(['status', ...a.words(b)], env);
  expect(heard.code, heard.stdout).toBe(0);
  expect(heard.stdout).toMatch(new RegExp(`^told +fit, by ${file}`, 'm'));
  expect(heard.stdout).toContain(String(worker));
  b.redis.freeze();
  const look = async (): Promise<string> => (await redisha(['status', ...a.words(b)], env)).stdout;
  // What the resident has waited for is not waited for once more.
  const frozen = await waitFor('the peer is known to be silent', { deadlineMs: 30_000, everyMs: 100 }, look, (text) =>
    /^looked at +now +[\d.]+ s ago, by watch$/m.test(text),
  );
  expect(frozen).toMatch(/^at risk: losing this node .* would end the service: the peer accepts connections but/);
  b.redis.thaw();
  await b.redis.kill();
  await a.redis.kill();
  await says(file, UNFIT);
  expect((await redisha(['status', ...a.words(b)], env)).stdout).toContain('keepalived is told that this node is not');
});
