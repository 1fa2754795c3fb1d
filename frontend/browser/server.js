/* A server of its own for the browser tests: nothing of anybody's data, gone when they are done.
   node browser/server.js PORT [--models]: with a model host that answers, sees and hears what browser/models.py says. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const [port, models] = process.argv.slice(2);

function findPython() {
  if (process.env.PYTHON) return process.env.PYTHON;
  const inside = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";
  const ours = join(ROOT, ".venv", inside);
  return existsSync(ours) ? ours : "python3";
}

const python = findPython();
const data = mkdtempSync(join(tmpdir(), "veda-browser-"));
const children = [];
process.on("exit", () => {
  children.forEach((child) => child.kill("SIGTERM"));
  rmSync(data, { recursive: true, force: true });
});

/** Gives the address of the model host, as soon as it listens. */
async function startModels() {
  const script = join(import.meta.dirname, "models.py");
  const host = spawn(python, [script], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(host);
  const [line] = await once(host.stdout, "data");
  return String(line).trim();
}

const env = { ...process.env, DEBUG: "true", DATA_DIR: data };
if (models) env.OLLAMA_URL = await startModels();
const options = { cwd: ROOT, env, stdio: ["ignore", "ignore", "inherit"] };
const manage = (...words) => ["manage.py", ...words];

execFileSync(python, manage("migrate", "--verbosity", "0"), options);
execFileSync(python, manage("seed_vector_index", "--verbosity", "0"), options);

const server = spawn(python, manage("serve", "--port", port), options);
children.push(server);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => server.kill("SIGTERM"));
server.on("exit", (code) => process.exit(code ?? 0));
