// The API reference as static pages: one for each module, every name a link.

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#ddd, #444); --soft: light-dark(#f5f6f8, #22252a); }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 16rem minmax(0, 52rem); gap: 2rem; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); font-size: .9rem; }
nav ul { list-style: none; padding-left: .8rem; margin: .2rem 0 .8rem; }
main { padding: 1rem 1rem 6rem; }
section { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: 2rem; }
h2 { margin: .5rem 0; font-size: 1.2rem; } h2 small { font-weight: normal; opacity: .6; font-size: .8rem; }
pre, code { font: .87rem/1.5 ui-monospace, monospace; background: var(--soft); }
pre { padding: .7rem; overflow: auto; border-radius: .3rem; white-space: pre-wrap; } code { padding: 0 .2rem; } pre code { padding: 0; }
dl { margin: .5rem 0 0 1rem; } dt { margin-top: .6rem; } dd { margin: 0 0 0 1rem; } dd p { margin: .2rem 0; }
a { color: light-dark(#0550ae, #7ab7ff); text-decoration: none; } a:hover { text-decoration: underline; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } }
`;

const escaped = (text) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
const pageOf = (module) => `${module === 'agelens' ? 'index' : module}.html`;

/** The pages by file name. */
export function renderApi(modules, version) {
  const links = new Map();
  for (const { path: module, exports } of modules) {
    for (const { name, at } of exports)
      if (at === module && !links.has(name)) links.set(name, `${pageOf(module)}#${name}`);
  }
  return new Map(modules.map((module) => [pageOf(module.path), page(module, modules, links, version)]));
}

function page(module, modules, links, version) {
  const title = module.path === 'agelens' ? `agelens ${version}` : module.path;
  const own = module.exports.filter(({ at }) => at === module.path);
  const others = module.exports.filter(({ at }) => at !== module.path);
  const elsewhere =
    others.length > 0
      ? `<p>Also here: ${others.map(({ name, at }) => `<a href="${pageOf(at)}#${name}"><code>${escaped(name)}</code></a>`).join(', ')}.</p>`
      : '';
  const code = codeWith(links);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}: API reference</title>
<style>${STYLE}</style>
<nav>${navigation(module, modules)}</nav>
<main>
<h1>${escaped(title)}</h1>
${prose(module.doc, code)}
${elsewhere}
${own.map((entry) => section(entry, code)).join('\n')}
</main>
</html>
`;
}

function navigation(current, modules) {
  return modules
    .map((module) => {
      const head = `<a href="${pageOf(module.path)}"><b>${escaped(module.path)}</b></a>`;
      if (module !== current) return `<p>${head}</p>`;
      const names = module.exports.filter(({ at }) => at === module.path).map(({ name }) => name);
      return `<p>${head}</p><ul>${names.map((name) => `<li><a href="#${name}">${escaped(name)}</a></li>`).join('')}</ul>`;
    })
    .join('\n');
}

function section({ name, kind, doc, declarations, members }, code) {
  const entries = members.map((member) => `<dt>${code(member.text)}</dt><dd>${prose(member.doc, code)}</dd>`);
  return `<section id="${name}">
<h2>${escaped(name)} <small>${kind}</small></h2>
<pre><code>${declarations.map((text) => code(text, true)).join('\n')}</code></pre>
${prose(doc, code)}
${entries.length > 0 ? `<dl>${entries.join('\n')}</dl>` : ''}
</section>`;
}

/** Source text with links on the names that are described somewhere. */
function codeWith(links) {
  return (text, bare = false) => {
    const linked = text
      .split(/([A-Za-z_][A-Za-z0-9_]*)/)
      .map((part, i) => (i % 2 === 1 && links.has(part) ? `<a href="${links.get(part)}">${part}</a>` : escaped(part)))
      .join('');
    return bare ? linked : `<code>${linked}</code>`;
  };
}

/** A docstring: paragraphs; lines that are indented are a sample; @param, @returns and @throws are a paragraph each. */
function prose(doc, code) {
  const blocks = doc.replace(/\n@/g, '\n\n@').split(/\n\n+/).filter(Boolean);
  return blocks
    .map((block) =>
      /^ {2}/.test(block) ? `<pre><code>${code(unindented(block), true)}</code></pre>` : `<p>${inline(block)}</p>`,
    )
    .join('\n');
}

function unindented(block) {
  const lines = block.split('\n');
  const depth = Math.min(...lines.filter(Boolean).map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(depth)).join('\n');
}

const TAGS = { param: 'Parameter', returns: 'Returns', throws: 'Throws' };

function inline(text) {
  return escaped(text)
    .replace(/^@(param|returns|throws) /, (_, tag) => `<b>${TAGS[tag]}</b> `)
    .replace(/\{@link (\w+)\}/g, '<code>$1</code>')
    .replace(/`([^`]+)`/g, '<code>$1</code>');
}
