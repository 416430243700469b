// Mercurius on Fastify, compiling each document with its JIT once it was executed.

import Fastify from "fastify";
import mercurius from "mercurius";
import { HOST, resolvers, serves, typeDefs } from "./status.mjs";

const app = Fastify({ logger: false });
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1 });
await app.listen({ host: HOST, port: 0 });
serves(app.server.address().port);
