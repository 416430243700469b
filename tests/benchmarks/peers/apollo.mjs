// Apollo Server as it comes, on its own standalone server.

import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { HOST, resolvers, serves, typeDefs } from "./status.mjs";

const { url } = await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
  listen: { host: HOST, port: 0 },
});
serves(new URL(url).port, "/");
