// PostGraphile 5 on Estafet's tables, as the application's role and one province: the settings that its manual names for
// production, and no more. Promise: what it serves, it reads under the same row security as everybody else here.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const installed = createRequire(process.env.INSTALLED + "/package.json");
const { postgraphile } = installed("postgraphile");
const { PostGraphileAmberPreset } = installed("postgraphile/presets/amber");
const { makePgService } = installed("postgraphile/adaptors/pg");
const { grafserv } = installed("postgraphile/grafserv/node");
const pg = installed("pg");

const pool = new pg.Pool({ max: Number(process.env.POOL), options: process.env.SETTINGS });
pool.on("error", () => {});

const preset = {
  extends: [PostGraphileAmberPreset],
  // A relation over two columns has no index of exactly these: it would be left out, though its first column has one.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [
    makePgService({
      pool,
      schemas: ["public"],
      pgSettings: () => ({ "app.party": process.env.PARTY, "app.subject": "benchmark", "app.purpose": "benchmark" }),
    }),
  ],
  grafast: { explain: false },
  grafserv: { graphiql: false, watch: false, websockets: false, graphqlPath: "/graphql" },
};

const instance = postgraphile(preset).createServ(grafserv);
const server = createServer();
server.keepAliveTimeout = 600_000;
await instance.addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));
