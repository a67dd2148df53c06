// Creates, reads, rotates, is denied, lists in pages and deletes, with the SDK for JavaScript v3 as npm brings it.
const {
  SecretsManagerClient, CreateSecretCommand, DeleteSecretCommand, GetSecretValueCommand, RotateSecretCommand, paginateListSecrets,
} = require("@aws-sdk/client-secrets-manager");
const { STSClient, AssumeRoleCommand } = require("@aws-sdk/client-sts");
const { setTimeout: pause } = require("node:timers/promises");

const ROTATION = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
const READER = "arn:aws:iam::123456789012:role/reader";
const NAME = "client/session";

const client = new SecretsManagerClient({});

async function value(VersionStage) {
  return (await client.send(new GetSecretValueCommand({ SecretId: NAME, VersionStage }))).SecretString;
}

async function read(from, SecretId) {
  try {
    return (await from.send(new GetSecretValueCommand({ SecretId }))).SecretString;
  } catch (e) {
    return `${e.name}: ${e.message}`;
  }
}

async function main() {
  console.log("created", (await client.send(new CreateSecretCommand({ Name: NAME, SecretString: "first" }))).Name);
  console.log("read", await value("AWSCURRENT"));

  await client.send(new RotateSecretCommand({ SecretId: NAME, RotationLambdaARN: ROTATION, RotationRules: { AutomaticallyAfterDays: 30 } }));
  const deadline = Date.now() + 60_000;
  while ((await value("AWSCURRENT")) === "first" && Date.now() < deadline) await pause(50);
  const now = (await value("AWSCURRENT")) === "first" ? "first" : "another";
  console.log(`rotated: AWSPREVIOUS is ${await value("AWSPREVIOUS")}, AWSCURRENT is ${now}`);

  for (let i = 0; i < 12; i++) await client.send(new CreateSecretCommand({ Name: `client/page-${i}`, SecretString: "page" }));

  const { Credentials: keys } = await new STSClient({}).send(new AssumeRoleCommand({ RoleArn: READER, RoleSessionName: "session" }));
  const reader = new SecretsManagerClient({
    credentials: { accessKeyId: keys.AccessKeyId, secretAccessKey: keys.SecretAccessKey, sessionToken: keys.SessionToken },
  });
  console.log("as the role:", await read(reader, "client/page-7"));
  console.log("denied:", await read(reader, NAME));

  let pages = 0;
  let listed = 0;
  for await (const page of paginateListSecrets({ client, pageSize: 5 }, { Filters: [{ Key: "name", Values: ["client/page-"] }] })) {
    pages++;
    listed += page.SecretList.length;
  }
  console.log(`listed ${listed} secrets on ${pages} pages`);

  await client.send(new DeleteSecretCommand({ SecretId: NAME }));
  console.log("deleted:", await read(client, NAME));
}

main();
