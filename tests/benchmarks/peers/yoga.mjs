// GraphQL Yoga on Node's own HTTP server, with its parse and validation caches (the default).

import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { HOST, resolvers, serves, typeDefs } from "./status.mjs";

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false, graphiql: false });
const server = createServer(yoga);
server.listen(0, HOST, () => serves(server.address().port));
