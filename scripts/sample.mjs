// Writes packaging/redisha.toml, the commented sample that install.sh puts on a host, from the table of options; and the
// tables of the documents, from the rows that decide.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEMA } from '../src/config/schema.ts';
import { writeTables } from './tables.mjs';

/** What to show for an option that has no default and whose kind gives no example of its own. */
/** @type {Readonly<Record<string, string>>} */
const examples = {
  local: '127.0.0.1',
  peer: '10.0.0.2',
  peer_port: '6380',
  username: 'redisha',
  password: 'secret',
  password_file: '/etc/redisha/password',
  witness_username: 'redisha',
  witness_password_file: '/etc/redisha/witness-password',
  witness_tls_ca_file: '/etc/redisha/witness-ca.crt',
  before_takeover: '/usr/local/sbin/power-off-peer',
  tls_ca_file: '/etc/redisha/ca.crt',
  tls_cert_file: '/etc/redisha/redisha.crt',
  tls_key_file: '/etc/redisha/redisha.key',
  redis_conf: '/etc/redis/redis.conf',
  on_event: '/etc/redisha/tell.sh',
  tls_servername: 'redis.example.net',
};

const head = `# redisha: every option with its default; where there is none, an example. Nothing in here is in force as it stands.
#
# Copy this to redisha.toml beside it and uncomment what should be different. A flag on the command line wins over the
# environment (REDISHA_ and the key in upper case), the environment over this file, this file over redis.conf.
`;

const toml = (/** @type {string} */ value) => (/^(\d+|true|false|\{.*\})$/.test(value) ? value : JSON.stringify(value));

/** The text of the sample. */
export const renderSample = () => {
  const entries = Object.entries(SCHEMA).map(([key, { kind, default: preset, doc }]) => {
    const suchAs = /such as "?(\{.*\}|[^"]*)/.exec(kind.expects)?.[1];
    const value = preset ?? examples[key] ?? suchAs ?? '...';
    const needs = kind.expects.startsWith('one of') ? ` It is ${kind.expects}.` : '';
    return `\n# ${doc}${needs}\n#${key} = ${toml(value)}\n`;
  });
  return head + entries.join('');
};

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, '..', 'packaging', 'redisha.toml'), renderSample());
  writeTables();
}
