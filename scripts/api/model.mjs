// What the library offers, read from its declarations with TypeScript's checker: modules, what they export, docstrings.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API, SymbolFlags } from 'typescript/unstable/sync';
import { ROOT } from '../bundle.mjs';
import { TYPES } from './types.mjs';

const INDEX = path.join(TYPES, 'src/index.d.ts');

/** A project whose only file is the library's index. */
function writeProject() {
  const compilerOptions = {
    module: 'preserve',
    moduleResolution: 'bundler',
    target: 'es2023',
    lib: ['es2023', 'dom', 'esnext.disposable'],
    types: [],
    noEmit: true,
    skipLibCheck: true,
  };
  const file = path.join(TYPES, 'tsconfig.json');
  writeFileSync(file, JSON.stringify({ compilerOptions, files: [INDEX] }));
  return file;
}

/**
 * The modules of the library, `agelens` first, then its namespaces:
 * { path, doc, exports: [{ name, at, doc, kind, declarations: [text], members: [{ name, doc, text, kind }] }] }.
 * `at` is the module under which a name that several modules export is described.
 */
export function readApi() {
  const api = new API({ cwd: ROOT });
  try {
    const project = api.updateSnapshot({ openProjects: [writeProject()] }).getProjects()[0];
    return new Reader(project).read();
  } finally {
    api.close();
  }
}

const KINDS = {
  [SyntaxKind.ClassDeclaration]: 'class',
  [SyntaxKind.FunctionDeclaration]: 'function',
  [SyntaxKind.InterfaceDeclaration]: 'interface',
  [SyntaxKind.TypeAliasDeclaration]: 'type',
  [SyntaxKind.VariableDeclaration]: 'constant',
};

const HIDDEN = new Set([SyntaxKind.PrivateKeyword, SyntaxKind.ProtectedKeyword]);

class Reader {
  #checker;
  #program;
  #places = new Map();

  constructor({ checker, program }) {
    this.#checker = checker;
    this.#program = program;
  }

  read() {
    const index = this.#checker.getSymbolAtLocation(this.#program.getSourceFile(INDEX));
    const modules = [];
    const waiting = [{ path: 'agelens', symbol: index }];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { exports, inner } = this.#exportsOf(next);
      modules.push({ path: next.path, doc: fileDoc(next.symbol.declarations[0].resolve()), exports });
      waiting.push(...inner);
    }
    return modules;
  }

  #exportsOf({ path: module, symbol }) {
    const exports = [];
    const inner = [];
    for (const each of this.#checker.getExportsOfModule(symbol)) {
      const target = each.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(each) : each;
      if (target.flags & SymbolFlags.ValueModule) {
        const name = module === 'agelens' ? each.name : `${module}.${each.name}`;
        if (!this.#places.has(target.id)) inner.push({ path: name, symbol: target });
        this.#places.set(target.id, name);
        continue;
      }
      if (!this.#places.has(target.id)) this.#places.set(target.id, module);
      exports.push({ name: each.name, at: this.#places.get(target.id), ...describe(target) });
    }
    exports.sort((a, b) => a.name.localeCompare(b.name));
    return { exports, inner };
  }
}

function describe(symbol) {
  const nodes = symbol.declarations.map((handle) => handle.resolve());
  const main = nodes.find((node) => KINDS[node.kind]) ?? nodes[0];
  const withMembers = nodes.filter((node) => node.members && node.getSourceFile() === main.getSourceFile());
  return {
    doc: nodes.map(docOf).find(Boolean) ?? '',
    kind: KINDS[main.kind] ?? 'other',
    declarations: nodes.filter((node) => node.getSourceFile() === main.getSourceFile()).map(headOf),
    members: withMembers.flatMap((node) => [...node.members]).flatMap(describeMember),
  };
}

function describeMember(node) {
  const name = node.kind === SyntaxKind.Constructor ? 'constructor' : (node.name?.getText() ?? '');
  const hidden = node.modifiers?.some((modifier) => HIDDEN.has(modifier.kind));
  if (hidden || name.startsWith('#') || (name.startsWith('[') && node.kind !== SyntaxKind.IndexSignature)) return [];
  return [{ name, doc: docOf(node), text: node.getText().replace(/;$/, ''), kind: SyntaxKind[node.kind] }];
}

/** What is to be documented of a variable is its statement. */
const statementOf = (node) => (node.kind === SyntaxKind.VariableDeclaration ? node.parent.parent : node);

/** The declaration; of classes and interfaces the line that begins it. */
function headOf(node) {
  const text = statementOf(node)
    .getText()
    .replace(/^export (declare )?/, '');
  return node.members ? text.slice(0, text.indexOf('{')).trim() : text.replace(/;$/, '');
}

const BLOCK = /\/\*\*([\s\S]*?)\*\//g;

/** Text of the docstring ahead of a node, without stars. */
function docOf(node) {
  const statement = statementOf(node);
  const ahead = statement.getSourceFile().text.slice(statement.pos, statement.getStart());
  return plain([...ahead.matchAll(BLOCK)].at(-1)?.[1] ?? '');
}

/** The comment that begins a file, if something else than its first statement is meant: a blank line or an import follows. */
function fileDoc(file) {
  const [comment, text] = file.text.replace(/^(\/\/\/.*\n)*/, '').match(/^\/\*\*([\s\S]*?)\*\//) ?? ['', ''];
  return comment ? plain(text) : '';
}

function plain(text) {
  return text
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/**
 * Exports, and methods and accessors of exported classes, that have no docstring, their own or that of the class they extend:
 * "nn.functional.exp".
 */
export function undocumented(modules) {
  const all = modules.flatMap(({ path: module, exports }) =>
    exports.filter(({ at }) => at === module).map((entry) => ({ ...entry, full: `${module}.${entry.name}` })),
  );
  const byName = new Map(all.map((entry) => [entry.name, entry]));
  const documented = ({ declarations, members }, name) => {
    if (members.some((member) => member.name === name && member.doc !== '')) return true;
    const base = byName.get(declarations[0].match(/extends (\w+)/)?.[1]);
    return base !== undefined && documented(base, name);
  };
  return all.flatMap((entry) => {
    const callable = entry.members.filter(({ kind }) => /Method|Accessor/.test(kind)).map(({ name }) => name);
    const missing = entry.kind === 'class' ? callable.filter((name) => !documented(entry, name)) : [];
    return [...(entry.doc === '' ? [entry.full] : []), ...new Set(missing.map((name) => `${entry.full}.${name}`))];
  });
}
