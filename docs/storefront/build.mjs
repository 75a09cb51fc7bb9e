// Builds the shop: types of its operations from schema.graphql, a strict type check, and files named by their content.
// node build.mjs FOLDER writes them to FOLDER, which is emptied before.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as documents from "@graphql-codegen/typed-document-node";
import * as types from "@graphql-codegen/typescript-operations";
import { build } from "esbuild";
import { buildSchema, parse } from "graphql";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "..", "..", "app", "web", "shop"));

async function generateTypes() {
  const sdl = readFileSync(join(here, "..", "..", "schema.graphql"), "utf8");
  const operations = readFileSync(join(here, "src", "operations.graphql"), "utf8");
  const text = await codegen({
    filename: "src/generated.ts",
    schema: parse(sdl),
    schemaAst: buildSchema(sdl),
    documents: [{ location: "src/operations.graphql", document: parse(operations) }],
    config: {
      useTypeImports: true,
      nonOptionalTypename: true,
      skipTypeNameForRoot: true,
      strictScalars: true,
      scalars: {
        ID: "string", DateTime: "string", Date: "string", Decimal: "string", JSON: "unknown", BigInt: "string", Time: "string",
        CurrencyCode: "string", CountryCode: "string",
      },
    },
    plugins: [{ types: {} }, { documents: {} }],
    pluginMap: { types, documents },
  });
  writeFileSync(join(here, "src", "generated.ts"), text);
}

function checkTypes() {
  const tsc = join(here, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", here], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

async function bundle() {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: { shop: "src/app.tsx", style: "src/style.css" },
    entryNames: "[name].[hash]",
    outdir: "out",
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "eof",
    logLevel: "warning",
  });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let page = readFileSync(join(here, "src", "index.html"), "utf8");
  for (const { path, contents } of outputFiles) {
    const name = basename(path);
    writeFileSync(join(folder, name), contents);
    page = page.replace(name.endsWith(".js") ? "{{ script }}" : "{{ style }}", name);
  }
  writeFileSync(join(folder, "index.html"), page);
}

await generateTypes();
checkTypes();
await bundle();
