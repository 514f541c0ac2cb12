/** What the tests of `redisha config` ask for, and what it prints. */
import { expect } from 'vitest';
import { redisha } from '../../lib/program.ts';

export const PAIRS = [
  ['IPv4', '10.0.0.100/24', '10.0.0.1', '10.0.0.2'],
  ['IPv6', 'fd00::100/64', 'fd00::1', 'fd00::2'],
] as const;
export const [[, VIP, A, B]] = PAIRS;
export const FACTS = ['--vip', VIP, '--nodes', `${A},${B}`, '--interface', 'eth0'];
export const TWO_VIPS = [...FACTS.slice(2), '--vip', '10.0.0.100,10.0.0.101'];

export interface Printed {
  readonly files: readonly { node: number; address: string; name: string; place: string; content: string }[];
  readonly notes: readonly string[];
}

export const generated = async (args: readonly string[]): Promise<Printed> => {
  const { code, stdout, stderr } = await redisha(['config', ...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Printed;
};

export const fileOf = ({ files }: Printed, node: number, name: RegExp): string =>
  files.find((file) => file.node === node && name.test(file.name))?.content ?? '';
