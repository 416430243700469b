import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";
import GraphQLWorker from "monaco-graphql/esm/graphql.worker.js?worker";

const workers: Record<string, new () => Worker> = { json: JsonWorker, graphql: GraphQLWorker };

const environment = { getWorker: (_: string, label: string) => new (workers[label] ?? EditorWorker)() };

// Files of our own: the package's set-up module breaks `vite dev`.
Object.assign(globalThis, { MonacoEnvironment: environment });
