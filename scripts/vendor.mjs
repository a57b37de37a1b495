// Copies what the pages use of the npm packages, as package.json's `vendor` lists it (target: source),
// to the static files. Everything else there is removed: a file that is no longer listed is not served.
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const to = "src/minsheng/doors/static/vendor";
const { vendor } = JSON.parse(readFileSync("package.json", "utf8"));

rmSync(to, { recursive: true, force: true });
for (const [target, source] of Object.entries(vendor)) {
  mkdirSync(dirname(join(to, target)), { recursive: true });
  cpSync(join("node_modules", source), join(to, target), { recursive: true });
}
