// SPDX-License-Identifier: Apache-2.0
// node build.mjs OUTPUT: bundles the dashboard and the page of the HTTP interface into OUTPUT/dist,
// and writes OUTPUT/assets.cpp, which embeds them. The packages are those in OUTPUT/node_modules.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const source = join(dirname(fileURLToPath(import.meta.url)), "src");
const output = resolve(process.argv[2] ?? ".");
const dist = join(output, "dist");
const require = createRequire(join(output, "package.json"));
const esbuild = require("esbuild");

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const built = await esbuild.build({
  entryPoints: [join(source, "main.tsx"), join(source, "docs", "docs.tsx")],
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  nodePaths: [join(output, "node_modules")],
  outdir: dist,
  entryNames: "[name]-[hash]",
  legalComments: "inline",
  metafile: true,
});
const names = Object.keys(built.metafile.outputs).map((path) => path.split("/").pop());

const icon = readFileSync(join(source, "icon.svg"));
const iconName = `icon-${hashOf(icon)}.svg`;
writeFileSync(join(dist, iconName), icon);

const bundled = (name, type) =>
  `assets/${names.find((x) => x.startsWith(`${name}-`) && x.endsWith(type))}`;

const pages = { main: "index.html", docs: "docs/docs.html" };
for (const [name, path] of Object.entries(pages)) {
  const page = readFileSync(join(source, path), "utf8")
    .replace(`${name}.js`, bundled(name, ".js"))
    .replace(`${name}.css`, bundled(name, ".css"))
    .replace("icon.svg", `assets/${iconName}`);
  writeFileSync(join(dist, path.split("/").pop()), page);
}

// Octal escapes are at most three digits long, so what follows cannot change them.
const literal = (bytes) => {
  let text = "";
  const lines = [];
  for (const byte of bytes) {
    const plain = byte >= 32 && byte < 127 && byte !== 34 && byte !== 63 && byte !== 92;
    text += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
    if (text.length > 110) {
      lines.push(`"${text}"`);
      text = "";
    }
  }
  lines.push(`"${text}"`);
  return lines.join("\n    ");
};

const files = readdirSync(dist)
  .sort()
  .map((name) => ({ name, bytes: readFileSync(join(dist, name)) }));
const entries = files.map(({ name, bytes }) => {
  const type = types[name.slice(name.lastIndexOf("."))];
  return `  {"${name}", "${type}", "${hashOf(bytes)}",
   std::string_view{
    ${literal(bytes)},
    ${bytes.length}}},`;
});
writeFileSync(
  join(output, "assets.cpp"),
  `// Made by web/build.mjs.
#include "gateway/assets.hpp"

namespace {

constexpr troupe::asset files[] = {
${entries.join("\n")}
};

} // namespace

std::span<const troupe::asset> troupe::embedded_assets() {
  return files;
}
`,
);
