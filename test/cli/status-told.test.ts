/** `status`, and what keepalived hears from a check that stays. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startPair } from '../integration/lib/pair.ts';
import { Running } from '../lib/process.ts';
import { redisha } from '../lib/program.ts';

test('a pair in order of which keepalived does not hear is not in order', async () => {
  const { a, b } = await startPair();
  const directory = a.env['REDISHA_STATE_DIR'] ?? '';
  mkdirSync(directory, { recursive: true });
  const [conf, unfit] = [join(directory, 'keepalived.conf'), join(directory, 'unfit')];
  const check = `redisha check --respawn --hold 60s --track-file ${unfit} ${a.words(b)[0]} ${String(a.port)}`;
  const script = `vrrp_script watch {\n  script "/usr/local/bin/${check}"\n}`;
  writeFileSync(conf, `${script}\nvrrp_instance redis {\n  track_script {\n    watch\n  }\n}\n`);
  const globals = 'global_defs {\n  script_user nobody\n}\n';
  const look = () => redisha(['status', ...a.words(b)], { ...a.envFor(b), REDISHA_KEEPALIVED_CONF: conf });
  const nobody = await look();
  expect(nobody.code).toBe(1);
  expect(nobody.stdout).toContain(
    `not in order: nobody looks at this node: no "redisha check --track-file ${unfit}" runs (systemctl reload keepalived)`,
  );
  writeFileSync(conf, `${globals}${readFileSync(conf, 'utf8')}`);
  const fruitless = new Running([process.execPath, '-e', 'setTimeout(() => 0, 60_000)', ...check.split(' ').slice(1)]);
  onTestFinished(() => fruitless.stop('SIGKILL'));
  const words = a.words(b);
  expect((await look()).stdout).toContain(
    `says why, and so does "sudo -u nobody redisha check ${words[0]} ${String(a.port)}" (${unfit})`,
  );
  // It is enough that it runs: what it tells is written here.
  const keeper = new Running([process.execPath, '-e', 'setTimeout(() => 0, 60_000)', 'check', '--track-file', unfit]);
  onTestFinished(() => keeper.stop('SIGKILL'));
  const nothing = await look();
  expect(nothing.code).toBe(1);
  expect(nothing.stdout).toContain(`not in order: keepalived hears nothing from the check: ${unfit} cannot be read`);
  writeFileSync(unfit, '1\n');
  expect((await look()).stdout).toContain('not in order: keepalived is told that this node is not fit');
  writeFileSync(unfit, '0\n');
  const heard = await look();
  expect(heard.code).toBe(0);
  expect(heard.stdout).toMatch(new RegExp(`^told +fit, by ${unfit}$`, 'm'));
});
