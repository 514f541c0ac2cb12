/** A process that keepalived might have started: it does what it reads, a word a line, and prints what came of it. */
import { createInterface } from 'node:readline';
import { ownKey } from '../../../src/host/identity.ts';
import { openTurn } from '../../../src/host/turn.ts';

const [stateDir = '', port = ''] = process.argv.slice(2);
const turn = openTurn({ stateDir, port: Number(port) });

/** A promotion knows what keepalived had said before. */
const STATES = { master: 'MASTER', backup: 'BACKUP', fault: 'FAULT', promote: 'BACKUP' } as const;

const announce = (command: keyof typeof STATES) =>
  turn.announce({
    command,
    vrrpState: STATES[command],
    isRecord: command === 'fault',
    local: '127.0.0.1',
    peer: '10.0.0.2',
  });

const actions: Readonly<Record<string, () => Promise<unknown>>> = {
  key: () => Promise.resolve(JSON.stringify(ownKey())),
  newer: () => turn.newer(),
  master: () => announce('master'),
  backup: () => announce('backup'),
  promote: () => announce('promote'),
  record: () => announce('fault'),
};

for await (const word of createInterface({ input: process.stdin })) {
  const result = await actions[word]?.();
  process.stdout.write(`${word}: ${String(result)}\n`);
}
