/* A server of its own for the browser tests: nothing of anybody's data, gone when they are done. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const PORT = "8123";

function findPython() {
  if (process.env.PYTHON) return process.env.PYTHON;
  const inside = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";
  const ours = join(ROOT, ".venv", inside);
  return existsSync(ours) ? ours : "python3";
}

const python = findPython();
const data = mkdtempSync(join(tmpdir(), "veda-browser-"));
const options = {
  cwd: ROOT,
  env: { ...process.env, DEBUG: "true", DATA_DIR: data },
  stdio: ["ignore", "ignore", "inherit"],
};
const manage = (...words) => ["manage.py", ...words];

execFileSync(python, manage("migrate", "--verbosity", "0"), options);
execFileSync(python, manage("seed_vector_index", "--verbosity", "0"), options);

const server = spawn(python, manage("serve", "--port", PORT), options);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => server.kill("SIGTERM"));
server.on("exit", (code) => {
  rmSync(data, { recursive: true, force: true });
  process.exit(code ?? 0);
});
