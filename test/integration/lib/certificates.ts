/** An authority of the test's own, and certificates from it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOk } from '../../lib/process.ts';

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate for these names (`IP:127.0.0.1`, `DNS:redis.test`), signed by an authority that nobody else knows. */
export async function makeCertificates(dir: string, prefix: string, names: readonly string[]): Promise<Certificates> {
  const at = (name: string): string => join(dir, `${prefix}-${name}`);
  const [ca, caKey, cert, key, request, extensions] = ['ca.crt', 'ca.key', 'crt', 'key', 'csr', 'ext'].map(at) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const authority = ['-x509', ...EC, '-keyout', caKey, '-out', ca, '-subj', `/CN=${prefix} authority`, '-days', '2'];
  await runOk(['openssl', 'req', ...authority]);
  await runOk(['openssl', 'req', '-new', ...EC, '-keyout', key, '-out', request, '-subj', `/CN=${prefix}`]);
  writeFileSync(extensions, `subjectAltName = ${names.join(', ')}\n`);
  const signing = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-out', cert, '-days', '2', '-extfile', extensions];
  await runOk(['openssl', 'x509', '-req', '-in', request, ...signing]);
  return { ca, cert, key };
}

/** Of a server that speaks TLS at `port` and nothing else anywhere. */
export const serverLines = ({ ca, cert, key }: Certificates, port: number): readonly string[] => [
  'port 0',
  `tls-port ${port}`,
  'tls-replication yes',
  `tls-ca-cert-file ${ca}`,
  `tls-cert-file ${cert}`,
  `tls-key-file ${key}`,
];

/** Of its redisha. */
export const clientLines = ({ ca, cert, key }: Certificates): readonly string[] => [
  'tls = true',
  `tls_ca_file = "${ca}"`,
  `tls_cert_file = "${cert}"`,
  `tls_key_file = "${key}"`,
];
