// Generates the types of operations.graphql from a schema, as client developers do with GraphQL Code Generator.
//   node generate.mjs SCHEMA OPERATIONS OUTPUT
import { readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as documents from "@graphql-codegen/typed-document-node";
import * as types from "@graphql-codegen/typescript-operations";
import { buildSchema, parse } from "graphql";

const [schemaFile, operationsFile, output] = process.argv.slice(2);
const sdl = readFileSync(schemaFile, "utf8");
const text = await codegen({
  filename: output,
  schema: parse(sdl),
  schemaAst: buildSchema(sdl),
  documents: [{ location: operationsFile, document: parse(readFileSync(operationsFile, "utf8")) }],
  config: {
    useTypeImports: true,
    nonOptionalTypename: true,
    strictScalars: true,
    scalars: {
      ID: "string", DateTime: "string", Date: "string", Decimal: "string", JSON: "unknown", BigInt: "string", Time: "string",
      CurrencyCode: "string", CountryCode: "string",
    },
  },
  plugins: [{ types: {} }, { documents: {} }],
  pluginMap: { types, documents },
});
writeFileSync(output, text);
