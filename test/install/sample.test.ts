import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { renderSample } from '../../scripts/sample.mjs';
import { isKey, KEYS, SCHEMA } from '../../src/config/schema.ts';

const sample = readFileSync(join(import.meta.dirname, '../../packaging/redisha.toml'), 'utf8');

test('the sample configuration is that of the table of options (npm run sample writes it)', () => {
  expect(sample).toBe(renderSample());
});

test('as it stands the sample sets nothing, and uncommented every value is one that the option takes', () => {
  expect(parse(sample)).toEqual({});
  const values = parse(sample.replaceAll(/^#(?=\w+ = )/gm, ''));
  expect(Object.keys(values).toSorted()).toEqual([...KEYS].toSorted());
  const wrong = Object.entries(values).filter(
    ([key, value]) => !isKey(key) || SCHEMA[key].kind.read(value) === undefined,
  );
  expect(wrong).toEqual([]);
});
