import { createContext, useContext } from "react";
import type { Server } from "./server";

/** The server that the panels in GraphiQL's sidebar ask. */
export const ServerContext = createContext<Server | null>(null);

export function useServer(): Server {
  const server = useContext(ServerContext);
  if (!server) throw new Error("There is no server around this.");
  return server;
}
