/** Which witness is of use to a pair. */
import { expect, test } from 'vitest';
import { whyUseless } from '../../../src/world/licence.ts';

const AT_THE_PAIR = 'the witness is at the virtual address of the pair: it must be a third server';

test.each([
  ['10.0.0.3', '10.0.0.100', undefined],
  ['10.0.0.3', undefined, 'the witness needs the virtual address: set vip in redisha.toml'],
  ['10.0.0.100', '10.0.0.100', AT_THE_PAIR],
  ['FD00:0::64', 'fd00::64', AT_THE_PAIR],
])('the witness %s of a pair at %s', (host, address, why) => {
  expect(whyUseless({ endpoint: { host, port: 6390 } }, address)).toBe(why);
});
