/* A server of its own for the browser tests: nothing of anybody's data, gone when they are done.
   node browser/server.js PORT [--models] [--google] [--https]: with a model host that answers, sees and hears what
   browser/models.py says; with an OpenID provider in Google's place; off DEBUG behind a proxy that ends HTTPS. */
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { startProxy } from "./httpsProxy.js";
import { mailFolder } from "./mail.js";
import { STAFF } from "./staff.js";

const ROOT = resolve(import.meta.dirname, "../..");
const [port, ...beside] = process.argv.slice(2);

function findPython() {
  if (process.env.PYTHON) return process.env.PYTHON;
  const inside = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";
  const ours = join(ROOT, ".venv", inside);
  return existsSync(ours) ? ours : "python3";
}

const python = findPython();
const data = mkdtempSync(join(tmpdir(), "veda-browser-"));
const mails = mailFolder(port);
const children = [];
process.on("exit", () => {
  children.forEach((child) => child.kill("SIGTERM"));
  for (const folder of [data, mails]) rmSync(folder, { recursive: true, force: true });
});

/** Gives the address of the host that a script here is, as soon as it listens. */
async function startHost(script) {
  const path = join(import.meta.dirname, script);
  const host = spawn(python, [path], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(host);
  const [line] = await once(host.stdout, "data");
  return String(line).trim();
}

/** What pytest's tests run in: a developer's `.env`, database and models stay out of it. */
function testEnvironment() {
  const tell = "import json, os, veda.tests.environment; print(json.dumps(dict(os.environ)))";
  const given = {
    ...process.env,
    VEDA_TEST_DATA_DIR: data,
    TEST_DATABASE_URL: "",
    TEST_REDIS_URL: "",
  };
  return JSON.parse(execFileSync(python, ["-c", tell], { cwd: ROOT, env: given }));
}

const env = {
  ...testEnvironment(),
  EMAIL_URL: `filemail://${mails}`,
  /* Everybody comes from one address here, and more of them than in real life. */
  RATE_REGISTER_ADDRESS: "",
  RATE_TICKET_ADDRESS: "",
};
if (beside.includes("--models")) env.OLLAMA_URL = await startHost("models.py");
if (beside.includes("--google")) {
  const client = { GOOGLE_CLIENT_ID: "veda-browser", GOOGLE_CLIENT_SECRET: "of-the-browser-tests" };
  Object.assign(env, client, { GOOGLE_ISSUER: await startHost("openid.py") });
}
const https = beside.includes("--https");
const listensAt = https ? Number(port) + 1000 : port;
if (https) {
  const secret = () => randomBytes(32).toString("hex");
  const production = { DEBUG: "false", ALLOWED_HOSTS: "127.0.0.1", TRUSTED_PROXIES: "1" };
  Object.assign(env, production, { SECRET_KEY: secret(), JWT_SECRET: secret() });
  env.PUBLIC_URL = `https://127.0.0.1:${port}`;
}
const options = { cwd: ROOT, env, stdio: ["ignore", "ignore", "inherit"] };
const manage = (...words) => ["manage.py", ...words];

execFileSync(python, manage("migrate", "--verbosity", "0"), options);
execFileSync(python, manage("seed_vector_index", "--verbosity", "0"), options);

const staff = { ...options, stdio: ["pipe", "ignore", "inherit"], input: STAFF.password };
const named = [STAFF.email, "--name", STAFF.name, "--password-stdin"];
execFileSync(python, manage("create_administrator", ...named), staff);
if (https) {
  const made = ["--days", "40", "--conversations-per-day", "5", "--verbosity", "0"];
  execFileSync(python, manage("seed_statistics", ...made), options);
  const pem = execFileSync(python, [join(import.meta.dirname, "certificate.py")]);
  startProxy({ port: Number(port), target: listensAt, pem });
}
const server = spawn(python, manage("serve", "--port", String(listensAt)), options);
children.push(server);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => server.kill("SIGTERM"));
server.on("exit", (code) => process.exit(code ?? 0));
