/** The sources of this repository, as the tests of its house rules read them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from 'oxc-parser';

export const root = join(import.meta.dirname, '..', '..');

export interface Source {
  readonly path: string;
  readonly text: string;
}

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export const tracked = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(root, path)));

export const read = (path: string): Source => ({ path, text: readFileSync(join(root, path), 'utf8') });
export const typescript = tracked.filter((path) => path.endsWith('.ts')).map(read);
export const sources = typescript.filter(({ path }) => path.startsWith('src/'));
export const core = sources.filter(({ path }) => path.startsWith('src/core/'));

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child);
  }
}

const trees = new Map<string, readonly Node[]>();
export const nodesOf = ({ path, text }: Source): readonly Node[] => {
  const known = trees.get(path);
  if (known !== undefined) return known;
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message ?? 'does not parse'}`);
  const found = isNode(program) ? [...walk(program)] : [];
  trees.set(path, found);
  return found;
};

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
export const place = ({ path, text }: Source, { start }: Node): string => `${path}:${lineAt(text, start)}`;

export interface Import {
  readonly node: Node;
  readonly from: string;
  readonly typeOnly: boolean;
}

export const importsOf = (source: Source): readonly Import[] =>
  nodesOf(source).flatMap((node): Import[] => {
    if (!/^(Import(Declaration|Expression)|Export(Named|All)Declaration|TSImportType)$/.test(node.type)) return [];
    const { source: specifier, importKind, exportKind } = node;
    if (!isNode(specifier) || typeof specifier['value'] !== 'string') return [];
    const typeOnly = importKind === 'type' || exportKind === 'type' || node.type === 'TSImportType';
    return [{ node, from: specifier['value'], typeOnly }];
  });

/** `object.property`, where both are plain names. */
export const member = (node: Node): string | undefined => {
  const { object, property } = node;
  if (node.type !== 'MemberExpression' || !isNode(object) || !isNode(property)) return undefined;
  return `${String(object['name'])}.${String(property['name'])}`;
};

export const targetOf = (source: Source, from: string): string => normalize(join(dirname(source.path), from));

/** Each circle once, from the file at which it was found: what can be walked in the direction of `links`. */
export const circlesIn = (links: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const done = new Set<string>();
  const walkFrom = (path: string, above: readonly string[]): readonly string[] => {
    if (above.includes(path)) return [[...above.slice(above.indexOf(path)), path].join(' -> ')];
    if (done.has(path)) return [];
    const found = (links.get(path) ?? []).flatMap((next) => walkFrom(next, [...above, path]));
    done.add(path);
    return found;
  };
  return [...links.keys()].flatMap((path) => walkFrom(path, []));
};

const nameOf = ({ key, property }: Node): string | undefined => {
  const named = key ?? property;
  if (!isNode(named)) return undefined;
  const name = named['name'] ?? named['value'];
  return typeof name === 'string' ? name : undefined;
};

/** A field of an interface or of a type that is written out. */
const isField = ({ type, computed }: Node): boolean => type === 'TSPropertySignature' && computed !== true;

/** What is assigned is not read by that. */
const assignedIn = (nodes: readonly Node[]): ReadonlySet<unknown> =>
  new Set(
    nodes.flatMap(({ type, operator, left }) => (type === 'AssignmentExpression' && operator === '=' ? [left] : [])),
  );

/** Every name by which a source reads a field; and its words, since one may pick a field by them. */
const readBy = (source: Source): readonly string[] => {
  const nodes = nodesOf(source);
  const assigned = assignedIn(nodes);
  return nodes.flatMap((node): readonly string[] => {
    if (node.type === 'Literal' && typeof node['value'] === 'string') return [node['value']];
    if (node.type === 'MemberExpression' && !assigned.has(node)) return [nameOf(node) ?? ''];
    const { properties } = node;
    if (node.type !== 'ObjectPattern' || !Array.isArray(properties)) return [];
    return properties.filter(isNode).map((property) => nameOf(property) ?? '');
  });
};

/** Fields that are declared in `declaring`, and whose name nothing in `reading` reads. */
export const unreadFields = (declaring: readonly Source[], reading: readonly Source[]): readonly string[] => {
  const names = new Set(reading.flatMap(readBy));
  return declaring.flatMap((source) =>
    nodesOf(source)
      .filter((node) => isField(node) && !names.has(nameOf(node) ?? ''))
      .map((node) => `${place(source, node)}: ${String(nameOf(node))}`),
  );
};
