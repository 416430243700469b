import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = process.env.PHASEBOARD_URL ?? "http://127.0.0.1:8000";
const compressed = /\.(js|css|html|svg|json)$/;

/** Writes `<file>.gz` beside what is worth it: the server sends it as it is. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    // Last: what is compressed has to be what is written.
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          if (!compressed.test(fileName)) continue;
          const source = gzipSync(file.type === "chunk" ? file.code : file.source, { level: 9 });
          this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source });
        }
      },
    },
  };
}

/** Serves GraphiQL where the server has it, in development as well. */
function graphiqlPath(): Plugin {
  return {
    name: "graphiql-path",
    configureServer(dev) {
      dev.middlewares.use((request, _, next) => {
        request.url = request.url?.replace(/^\/graphiql(?=\?|$)/, "/graphiql.html");
        next();
      });
    },
  };
}

export default defineConfig({
  plugins: [react(), graphiqlPath(), precompress()],
  build: {
    outDir: "../src/phaseboard/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 5000,
    rollupOptions: {
      input: ["index.html", "graphiql.html"],
      onLog: (level, log, tell) => log.code !== "MODULE_LEVEL_DIRECTIVE" && tell(level, log),
    },
  },
  worker: { format: "es" },
  server: {
    proxy: {
      "/graphql": { target: server, changeOrigin: false, ws: true },
      "/demo": { target: server, changeOrigin: false },
      "/readyz": { target: server, changeOrigin: false },
    },
  },
  test: { environment: "happy-dom" },
});
