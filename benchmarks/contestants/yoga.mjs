// graphql-yoga, pg and DataLoader on Estafet's tables: what a careful team writes by hand in Node. One transaction for
// each request, in which the province is set; a loader for each relation, so that a level is one statement.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const installed = createRequire(process.env.INSTALLED + "/package.json");
const { createSchema, createYoga } = installed("graphql-yoga");
const DataLoader = installed("dataloader");
const pg = installed("pg");

const pool = new pg.Pool({ max: Number(process.env.POOL), options: process.env.SETTINGS });
pool.on("error", () => {});

const typeDefs = /* GraphQL */ `
  type Query {
    cases(first: Int!, status: String!): CaseConnection!
    case(id: ID!): Case
  }
  type CaseConnection { nodes: [Case!]! pageInfo: PageInfo! }
  type PageInfo { hasNextPage: Boolean! }
  type Party { code: String! name: String! }
  type Person { initials: String! sex: String! }
  type Case {
    number: String! status: String! category: String! vulnerabilities: [String!]! risk: String outcome: String
    openedAt: String! assessedAt: String closedAt: String version: Int!
    responsible: Party! person: Person! referrals(first: Int!): [Referral!]!
  }
  type Referral { status: String! sentAt: String! decidedAt: String to: Party! handovers: [Handover!]! }
  type Handover { status: String! releasedAt: String! settledAt: String agrees: Boolean }
`;

// What is asked of the tables, each prepared once a connection.
const statements = {
  page: `select * from case_file where status = $2 order by opened_at desc, id desc limit $1`,
  case: `select * from case_file where id = $1`,
  person: `select * from person where id = any($1)`,
  party: `select * from party where code = any($1)`,
  referrals: `select r.* from unnest($1::uuid[]) k(id), lateral (
      select * from referral where case_id = k.id order by sent_at desc, id desc limit $2) r`,
  handovers: `select * from handover where referral_id = any($1) order by released_at, id`,
};
const ask = (client, name, ...values) =>
  client.query({ name, text: statements[name], values }).then((found) => found.rows);

const byId = (client, name, key) =>
  new DataLoader(async (keys) => {
    const found = new Map((await ask(client, name, keys)).map((row) => [row[key], row]));
    return keys.map((each) => found.get(each) ?? null);
  });
const grouped = (rows, key, keys) => {
  const found = new Map(keys.map((each) => [each, []]));
  for (const row of rows) found.get(row[key]).push(row);
  return keys.map((each) => found.get(each));
};
const loaders = (client) => ({
  client,
  person: byId(client, "person", "id"),
  party: byId(client, "party", "code"),
  handovers: new DataLoader(async (keys) => grouped(await ask(client, "handovers", keys), "referral_id", keys)),
  referrals: new DataLoader(
    async (asked) => {
      const keys = asked.map(({ id }) => id);
      return grouped(await ask(client, "referrals", keys, asked[0].first), "case_id", keys);
    },
    { cacheKeyFn: ({ id, first }) => `${id}/${first}` },
  ),
});

const text = (value) => value?.toISOString() ?? null;
const resolvers = {
  Query: {
    cases: async (_, { first, status }, { client }) => {
      const rows = await ask(client, "page", first + 1, status);
      return { nodes: rows.slice(0, first), pageInfo: { hasNextPage: rows.length > first } };
    },
    case: async (_, { id }, { client }) => (await ask(client, "case", id))[0] ?? null,
  },
  Case: {
    openedAt: (row) => text(row.opened_at),
    assessedAt: (row) => text(row.assessed_at),
    closedAt: (row) => text(row.closed_at),
    responsible: (row, _, { party }) => party.load(row.party),
    person: (row, _, { person }) => person.load(row.person_id),
    referrals: (row, { first }, { referrals }) => referrals.load({ id: row.id, first }),
  },
  Referral: {
    sentAt: (row) => text(row.sent_at),
    decidedAt: (row) => text(row.decided_at),
    to: (row, _, { party }) => party.load(row.to_party),
    handovers: (row, _, { handovers }) => handovers.load(row.id),
  },
  Handover: { releasedAt: (row) => text(row.released_at), settledAt: (row) => text(row.settled_at) },
};

// One transaction around the execution of a request.
const inTransaction = {
  onExecute({ executeFn, setExecuteFn }) {
    setExecuteFn(async (given) => {
      const client = await pool.connect();
      try {
        await client.query(`begin isolation level repeatable read read only; select set_config('app.party', '${process.env.PARTY}', true)`);
        const told = await executeFn({ ...given, contextValue: { ...given.contextValue, ...loaders(client) } });
        await client.query("commit");
        return told;
      } catch (fault) {
        await client.query("rollback");
        throw fault;
      } finally {
        client.release();
      }
    });
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  plugins: [inTransaction],
  graphiql: false,
  landingPage: false,
  logging: false,
});
const server = createServer(yoga);
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));
