/* Writes src/services/contracts.js from the frame schema.
   node scripts/contracts.mjs [--check] [path of the schema] */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format } from "prettier";

const SCHEMA = new URL("../../docs/frames.schema.json", import.meta.url);
const TARGET = new URL("../src/services/contracts.js", import.meta.url);

const nameOf = (ref) => ref.split("/").pop();
const constantOf = (type) => type.toUpperCase();

function jsType(property) {
  if (property.$ref) return nameOf(property.$ref);
  if (property.enum) return property.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (property.anyOf) return property.anyOf.map(jsType).join(" | ");
  if (property.type === "array") return `Array<${jsType(property.items ?? {})}>`;
  if (property.type === "integer") return "number";
  if (property.type === "object") return "Record<string, unknown>";
  return property.type ?? "unknown";
}

function typedef([name, definition]) {
  const required = new Set(definition.required);
  const lines = Object.entries(definition.properties).map(([field, property]) => {
    return ` * @property {${jsType(property)}} ${required.has(field) ? field : `[${field}]`}`;
  });
  const about = definition.description?.replace(/`/g, "");
  return [
    "/**",
    ...(about ? [` * ${about}`] : []),
    ` * @typedef {object} ${name}`,
    ...lines,
    " */",
  ].join("\n");
}

function direction(schema, side) {
  return Object.entries(schema.properties[side].discriminator.mapping).map(([type, ref]) => ({
    type,
    name: nameOf(ref),
    definition: schema.$defs[nameOf(ref)],
  }));
}

const constants = (name, frames) =>
  `export const ${name} = Object.freeze({${frames.map(({ type }) => `${constantOf(type)}: "${type}"`)}});`;

function maker({ type, name, definition }) {
  const own = Object.keys(definition.properties).filter((field) => field !== "type");
  const take = own.length ? `{${own}}` : "";
  const give = [`type: "${type}"`, ...own].join(", ");
  const param = own.length ? [` * @param {Omit<${name}, "type">} fields`] : [];
  const doc = ["/**", ...param, ` * @returns {${name}}`, " */"];
  return [...doc, `export const make${name} = (${take}) => ({${give}});`].join("\n");
}

function stages(schema) {
  const values = schema.$defs.Stage.properties.stage.enum;
  return `export const STAGE = Object.freeze({${values.map((value) => `${constantOf(value)}: "${value}"`)}});`;
}

async function contracts(schema) {
  const client = direction(schema, "client");
  const server = direction(schema, "server");
  const text = [
    "/* Made from docs/frames.schema.json by `npm run contracts`. Change the schema, not this file. */",
    ...Object.entries(schema.$defs).map(typedef),
    constants("CLIENT", client),
    constants("SERVER", server),
    stages(schema),
    ...client.map(maker),
  ].join("\n\n");
  return format(text, { parser: "babel", printWidth: 100 });
}

const given = process.argv.slice(2);
const check = given.includes("--check");
const path = given.find((argument) => !argument.startsWith("--")) ?? SCHEMA;
const text = await contracts(JSON.parse(await readFile(path, "utf8")));

if (!check) {
  await writeFile(TARGET, text);
} else if (text !== (await readFile(TARGET, "utf8"))) {
  console.error(`${fileURLToPath(TARGET)} isn't what the schema makes: run npm run contracts.`);
  process.exitCode = 1;
}
