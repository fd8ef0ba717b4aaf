// Builds what is published, in `lib`: the CLI, the library and the entry of each thread and process, with the libraries
// that only the CLI needs inside. Runs after `tsc`, whose declarations it takes.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const lib = join(root, 'lib');

/** Installed beside the package: what the library needs, and the CLI's libraries that bring no others along. */
const external = ['undici', 'commander', 'chalk', '@opentelemetry/api'].flatMap((name) => [
  name,
  `${name}/*`,
]);

rmSync(lib, { recursive: true, force: true });
const shared = {
  absWorkingDir: root,
  outdir: lib,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: '[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // Some of the libraries are CommonJS and require Node's own modules.
  banner: {
    js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
  },
};

/** As an entry its code lies at the top in every build, wherever it is used: see there. */
const findsFiles = { in: 'src/package-files.ts', out: 'package-files' };

/** A trial's clients speak HTTP/1.1 only, and Node's own HTTP/2 takes longer to load than the rest of undici. */
const withoutHttp2 = {
  name: 'without HTTP/2',
  setup({ onLoad }) {
    onLoad({ filter: /undici\/lib\/dispatcher\/client-h2\.js$/ }, () => ({
      contents: "module.exports = () => { throw new Error('HTTP/2 is not in this bundle') }",
    }));
  },
};

const inputs = await bundle();
writeLicences(inputs);
copyDeclarations(['index.d.ts', 'delivery/shared-pool/io.worker.d.ts']);
for (const built of [
  'diagnosis/node/probe/probe.cjs',
  'diagnosis/node/probe/look.cjs',
  'emulator/served/page',
  'schema',
])
  cpSync(join(root, 'dist', built), join(lib, built), { recursive: true });

const asWideAsPrinted = { env: { ...process.env, COLUMNS: '100' } };
writeFileSync(
  join(lib, 'help.txt'),
  execFileSync(process.execPath, [join(lib, 'cli.js'), '--help'], asWideAsPrinted),
);

/** The files that went into it, as paths from the root. */
async function bundle() {
  const entries = readdirSync(join(root, 'src'), { recursive: true })
    .filter((file) => /\.(worker|process)\.ts$/.test(file))
    .map((file) => ({ in: `src/${file}`, out: file.replace(/\.ts$/, '') }));
  const isOfTrial = ({ out }) => /^(trial|delivery)\//.test(out);
  const loaderOf = ({ out }) => `exports['${out}'] = () => require('./${out}.ts');`;
  const builds = [
    // Without the banner: other bundlers read these, and nothing in them is CommonJS.
    {
      splitting: true,
      external,
      banner: {},
      // Keeps the comments that other bundlers read.
      minifyWhitespace: false,
      entryPoints: [
        { in: 'src/index.ts', out: 'index' },
        { in: 'src/delivery/shared-pool/io.worker.ts', out: 'io-thread' },
      ],
    },
    // What a command does not need stays in files that it does not load, and its processes share with it what both need.
    {
      splitting: true,
      external,
      entryPoints: [
        { in: 'src/cli.ts', out: 'cli' },
        ...entries.filter((entry) => !isOfTrial(entry)),
        findsFiles,
      ],
    },
    // A trial starts several of these: one file has them all, with undici inside, and is CommonJS, which needs no loader.
    {
      format: 'cjs',
      outdir: undefined,
      outfile: join(lib, 'threads.cjs'),
      external: ['@opentelemetry/api'],
      define: { 'import.meta.url': 'bundleUrl' },
      banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
      stdin: { contents: entries.filter(isOfTrial).map(loaderOf).join('\n'), resolveDir: join(root, 'src') },
      plugins: [withoutHttp2],
    },
    {
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      banner: {},
      entryPoints: [{ in: 'src/trial/load-threads.ts', out: 'load-threads' }],
    },
    // Preloaded with --require, which takes CommonJS in every Node line.
    {
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      external: ['@opentelemetry/api'],
      define: { 'import.meta.url': 'watchUrl' },
      banner: { js: "const watchUrl=require('node:url').pathToFileURL(__filename).href;" },
      entryPoints: [{ in: 'src/watch.ts', out: 'watch' }],
    },
  ];
  for (const entry of entries.filter(isOfTrial)) writeStub(entry);
  const built = await Promise.all(builds.map((options) => build({ ...shared, ...options })));
  if (/[^\0-\x7f]/.test(readFileSync(join(lib, 'threads.cjs'), 'utf8')))
    throw new Error('lib/threads.cjs is not ASCII, as load-threads.cjs takes it for');
  return built.flatMap(({ metafile }) => Object.keys(metafile.inputs));
}

/** The file that Node is started with, where the one of the sources would be. */
function writeStub({ out }) {
  const folder = join(lib, dirname(out));
  mkdirSync(folder, { recursive: true });
  const up = relative(folder, join(lib, 'load-threads.cjs'));
  writeFileSync(join(lib, `${out}.js`), `module.exports=require('${up}').threads['${out}']();\n`);
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}

/** The licence of each bundled package, as the package states it. */
function writeLicences(files) {
  const packages = new Set(files.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const texts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? `Licence: ${license}` : readFileSync(join(root, folder, file), 'utf8');
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  writeFileSync(join(lib, 'THIRD-PARTY-LICENCES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

/** The declarations that the entries reach; they import each other by the names of built files. */
function copyDeclarations(entries) {
  const wanted = entries.map((entry) => join(root, 'dist', entry));
  const copied = new Set();
  for (const file of wanted) {
    if (copied.has(file)) continue;
    copied.add(file);
    const text = readFileSync(file, 'utf8');
    const target = join(lib, 'types', relative(join(root, 'dist'), file));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(
      target,
      text
        .replace(/(from |import\()(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2')
        .replace(/^\/\/# sourceMappingURL.*$/m, ''),
    );
    for (const [, path] of text.matchAll(/(?:from |import\()['"](\.[^'"]*)\.(?:ts|js)['"]/g))
      wanted.push(resolve(dirname(file), `${path}.d.ts`));
  }
}
