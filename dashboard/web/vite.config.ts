import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** What the page ships that others wrote, with their licences: they ask to travel along. */
function licences(packages: string[]): Plugin {
  const text = packages.map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8")}`);
  return {
    name: "licences",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "third-party.txt", source: text.join(`\n${"-".repeat(72)}\n\n`) });
    },
  };
}

export default defineConfig({
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    // Three pages: the live board is not made to wait for what only the others show.
    rollupOptions: { input: { board: "index.html", review: "review/index.html", trends: "trends/index.html" } },
  },
  plugins: [licences(["preact", "uplot", "@fontsource-variable/inter"])],
  server: { proxy: { "/ws": { target: "ws://127.0.0.1:8321", ws: true }, "/api": "http://127.0.0.1:8321" } },
  test: { include: ["test/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
