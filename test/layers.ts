import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';

/** Which module imports which, types included; paths from the folder of all modules. */
export type Imports = ReadonlyMap<string, readonly string[]>;

const root = fileURLToPath(new URL('../', import.meta.url));

/** The rows of the layers' table, the highest first. */
export function layerOrder(page = readFileSync(join(root, 'docs/internals.md'), 'utf8')): readonly string[] {
  const [, section = ''] = page.split(/^## Layers$/m);
  const [table = ''] = section.split(/^## /m);
  return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, layer = '']) => layer);
}

/** Everything that is imported in `src`. */
export function importsOfSource(): Imports {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.c?ts$/.test(file) && !file.endsWith('.d.ts'))
    .map((file) => file.replaceAll('\\', '/'));
  return new Map(
    files.map((file) => [file, localImports(file, readFileSync(join(root, 'src', file), 'utf8'))]),
  );
}

/** The modules beside this one that it names in an `import`, `export … from`, `import()`, `require()` or type. */
export function localImports(file: string, text: string): readonly string[] {
  const named = new Set<string>();
  const add = (source: unknown) => {
    if (isText(source) && source.value.startsWith('.'))
      named.add(posix.join(dirname(file), source.value.replace(/\.js$/, '.ts').replace(/\.cjs$/, '.cts')));
  };
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    TSExternalModuleReference: ({ expression }) => add(expression),
    CallExpression({ callee, arguments: [argument] }) {
      if (callee.type === 'Identifier' && callee.name === 'require') add(argument);
    },
  }).visit(program);
  return [...named];
}

/** Imports of a higher layer by a lower one, each as `lower → higher`; a module without a layer is an error. */
export function upwardImports(imports: Imports, order: readonly string[]): readonly string[] {
  return [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => rankOf(target, order) < rankOf(file, order))
      .map((target) => `${file} → ${target}`),
  );
}

/** Modules that import each other by any way round, each group once. */
export function circles(imports: Imports): readonly (readonly string[])[] {
  const reach = new Map([...imports.keys()].map((file) => [file, reachedFrom(file, imports)]));
  const groups = [...reach].flatMap(([file, reached]) =>
    reached.has(file) ? [[...reached].filter((other) => reach.get(other)?.has(file)).sort()] : [],
  );
  return [...new Map(groups.map((group) => [group.join(), group])).values()];
}

function reachedFrom(file: string, imports: Imports): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...(imports.get(file) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    open.push(...(imports.get(next) ?? []));
  }
  return reached;
}

/** A layer is a folder of `src`, or a file in it. */
function rankOf(file: string, order: readonly string[]): number {
  const [first = ''] = file.split('/');
  const rank = order.indexOf(`src/${first}`);
  if (rank < 0) throw new Error(`src/${first} has no row in the table of layers in docs/internals.md`);
  return rank;
}

function isText(source: unknown): source is { readonly value: string } {
  return (
    typeof source === 'object' && source !== null && 'value' in source && typeof source.value === 'string'
  );
}
