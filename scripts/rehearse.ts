/**
 * Where the build begins: loads the program, has it do once what keepalived will have it do, and leaves it as it is then
 * to the snapshot that goes into the executable. A start from there finds its modules loaded and its functions compiled.
 *
 * What is done once is done against a stand-in for Redis (scripts/stand-in.mjs), with files in a directory that is gone
 * afterwards. Nothing of it may stay: the program keeps no state in its modules, and the stand-in closes the connections.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startupSnapshot } from 'node:v8';
import { runStatus } from '../src/glance.ts';
import { ownKey } from '../src/host/identity.ts';
import { writeAnnouncement } from '../src/host/announcements.ts';
import { plainRun } from '../src/cli/plain.ts';
import { ownScript, start, UNWATCHED } from '../src/main.ts';
import { runtimeOf } from '../src/world/runtime.ts';
import { forgetCode, forgetHost } from './forget-code.ts';

/** The port of the stand-in, and where the socket of its resident is. */
const [PORT = '', RESIDENT = ''] = (process.env['REDISHA_REHEARSE_PORT'] ?? '').split(' ');

/** Runs one command line to where it would exit. @throws when it does not do what it should: then there is no executable. */
const rehearse = async (outputFile: string, ...words: readonly string[]): Promise<void> => {
  process.argv = [process.argv0, '', ...words];
  const fd = openSync(outputFile, 'a');
  const exit = Object.getOwnPropertyDescriptor(process, 'exit') ?? {};
  const code = await new Promise<unknown>((resolve) => {
    Object.defineProperty(process, 'exit', { ...exit, value: resolve });
    start({ stdout: fd, stderr: fd });
  });
  Object.defineProperty(process, 'exit', exit);
  closeSync(fd);
  if (code !== 0) throw new Error(`${words.join(' ')}: exit ${String(code)}: ${readFileSync(outputFile, 'utf8')}`);
};

/**
 * What a command sees and decides, and nothing that it does: Node's modules for that would stay in the snapshot, and a
 * check comes more often than a change.
 */
const rehearseMaster = async (): Promise<void> => {
  const run = plainRun(['master', '127.0.0.1', '127.0.0.2', PORT, '--dry-run']);
  if (run === undefined) throw new Error('master needs the parser');
  const { code, stderr } = await run(runtimeOf(UNWATCHED, ownScript));
  if (code !== 0) throw new Error(`master: exit ${String(code)}: ${stderr}`);
};

/** As monitoring calls it, which is again and again. What it finds of the stand-in is no matter, if it asks the resident. */
const rehearseStatus = async (): Promise<void> => {
  const exit = await runStatus(UNWATCHED, ['--json', '127.0.0.1', '127.0.0.2', PORT]);
  if (exit === undefined || exit.code > 1 || exit.stderr !== '') throw new Error(`status: ${JSON.stringify(exit)}`);
};

/** As `redisha config` writes it. */
const keepalivedConf = (): string => `global_defs {
  router_id a
  script_user root
  enable_script_security
  vrrp_notify_fifo ${join(RESIDENT, 'fifo')}
  vrrp_notify_fifo_script "/usr/local/bin/redisha watch 127.0.0.1 127.0.0.2 redis=${PORT}"
}
track_file unfit {
  file ${join(RESIDENT, `${PORT}-unfit`)}
}
vrrp_instance redis {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 150
  advert_int 1
  nopreempt
  unicast_src_ip 127.0.0.1
  unicast_peer {
    127.0.0.2
  }
  virtual_ipaddress {
    127.0.0.3/24
  }
  track_file {
    unfit
  }
  notify_master "/usr/local/bin/redisha master 127.0.0.1 127.0.0.2 ${PORT}"
  notify_backup "/usr/local/bin/redisha backup 127.0.0.1 127.0.0.2 ${PORT}"
}
`;

/** What `redisha config` makes of a host, and what keepalived has said by the time that it runs the second check. */
const settle = (directory: string, stateDir: string): void => {
  const named = (name: string): string => join(directory, name);
  const [redisConf, config, conf] = [named('redis.conf'), named('redisha.toml'), named('keepalived.conf')];
  writeFileSync(conf, keepalivedConf());
  process.env['REDISHA_KEEPALIVED_CONF'] = conf;
  writeFileSync(redisConf, `port ${PORT}\n`);
  writeFileSync(config, `local = "127.0.0.1"\nvip = "127.0.0.3"\nredis_conf = "${redisConf}"\n`);
  process.env['REDISHA_CONFIG'] = config;
  const own = ownKey();
  if (own === undefined) throw new Error('/proc is not readable');
  const pair = { local: '127.0.0.1', peer: '127.0.0.2' };
  const said = { command: 'master', vrrpState: 'MASTER', isRecord: false, saidMs: 0, ...pair } as const;
  const problem = writeAnnouncement({ stateDir, port: Number(PORT) }, own, said);
  if (problem !== undefined) throw new Error(problem);
};

const rehearseAll = async (): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'redisha-build-'));
  const [stateDir, output] = [join(directory, 'state'), join(directory, 'output')];
  process.env['REDISHA_LOG_FILE'] = join(directory, 'log');
  process.env['REDISHA_STATE_DIR'] = stateDir;
  const check = (): Promise<void> => rehearse(output, 'check', '127.0.0.1', PORT);
  try {
    await check();
    settle(directory, stateDir);
    await check();
    await rehearseMaster();
    await rehearseStatus();
    // All is loaded. What is compiled from now on is what a check and a master need every time.
    forgetCode();
    await check();
    await rehearseMaster();
    await rehearseStatus();
  } finally {
    rmSync(directory, { recursive: true, force: true });
    forgetHost();
  }
};

// A rejection that nobody handles ends the Node that takes the snapshot, and so the build.
if (startupSnapshot.isBuildingSnapshot()) void rehearseAll();
