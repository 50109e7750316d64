// tedious: Node, encrypted by default. The proofs are those of proofs.py.
'use strict';

const { Connection, Request, TYPES } = require('tedious');

const [host, port, password, database] = process.argv.slice(2);

const SEND = `
DECLARE @handle uniqueidentifier;
BEGIN DIALOG CONVERSATION @handle
    FROM SERVICE Sender TO SERVICE 'Receiver', 'CURRENT DATABASE'
    WITH ENCRYPTION = OFF;
SEND ON CONVERSATION @handle (N'kept');`;

const SEND_BYTES = SEND.replace("N'kept'", '@body');

// 5 MiB, every byte value.
const LARGE_BODY = Buffer.alloc(5 * 1024 * 1024, Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)));

const receive = (milliseconds) => `
WAITFOR (
    RECEIVE TOP (1) CAST(message_body AS nvarchar(max)) AS body FROM dbo.ReceiverQueue
), TIMEOUT ${milliseconds};`;

const CANCEL_AFTER_MILLISECONDS = 2_000;
const CANCELLED_WITHIN_MILLISECONDS = 15_000;

function connect(requestTimeout = 30_000) {
  const connection = new Connection({
    server: host,
    authentication: { type: 'default', options: { userName: 'sa', password } },
    options: { port: Number(port), database, trustServerCertificate: true, requestTimeout, connectTimeout: 15_000 },
  });
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve(connection)));
  });
}

// The first value of the first row; undefined when there is no row. As a batch, or with parameters by sp_executesql.
function fetchValue(connection, sql, parameters) {
  return new Promise((resolve, reject) => {
    let value;
    const request = new Request(sql, (error) => (error ? reject(error) : resolve(value)));
    request.on('row', (columns) => {
      value ??= columns[0].value;
    });
    if (parameters === undefined) {
      connection.execSqlBatch(request);
      return;
    }
    parameters.forEach(([name, type, parameter]) => request.addParameter(name, type, parameter));
    connection.execSql(request);
  });
}

// beginTransaction, commitTransaction, rollbackTransaction as promises.
function transact(connection, step) {
  return new Promise((resolve, reject) => {
    connection[step]((error) => (error ? reject(error) : resolve()));
  });
}

function expect(condition, reason) {
  if (!condition) {
    throw new Error(reason);
  }
}

async function caught(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}

const countMarks = (connection, mark) =>
  fetchValue(connection, `SELECT COUNT(*) FROM dbo.Marks WHERE mark = ${mark}`);

const PROOFS = {
  async connect() {
    (await connect()).close();
  },

  async version() {
    const connection = await connect();
    const version = await fetchValue(connection, 'SELECT @@VERSION');
    expect(typeof version === 'string' && version.length > 0, `@@VERSION is ${version}`);
    connection.close();
  },

  async parameters() {
    const connection = await connect();
    const cases = [
      [TYPES.Int, 42],
      [TYPES.NVarChar, 'Grüße, €, 漢字'],
      [TYPES.VarBinary, Buffer.from([0, 255])],
      [TYPES.Int, null],
    ];
    for (const [type, value] of cases) {
      const seen = await fetchValue(connection, 'SELECT @value', [['value', type, value]]);
      const same = Buffer.isBuffer(value) ? value.equals(seen) : (seen ?? null) === value;
      expect(same, `sent ${value}, received ${seen}`);
    }
    connection.close();
  },

  async rollback() {
    const connection = await connect();
    await transact(connection, 'beginTransaction');
    await fetchValue(connection, 'INSERT INTO dbo.Marks (mark) VALUES (1)');
    await transact(connection, 'rollbackTransaction');
    expect((await countMarks(connection, 1)) === 0, 'the row is still there');
    connection.close();
  },

  async commit() {
    const connection = await connect();
    await transact(connection, 'beginTransaction');
    await fetchValue(connection, 'INSERT INTO dbo.Marks (mark) VALUES (2)');
    await transact(connection, 'commitTransaction');
    connection.close();
    const other = await connect();
    expect((await countMarks(other, 2)) === 1, 'another connection does not see the row');
    other.close();
  },

  async error() {
    const connection = await connect();
    const error = await caught(fetchValue(connection, 'SELECT 1/0'));
    expect(error !== undefined, 'no error came');
    expect(error.number === 8134, `another error came: ${error}`);
    expect((await fetchValue(connection, 'SELECT 7')) === 7, 'the connection does not go on');
    connection.close();
  },

  async large() {
    const connection = await connect();
    await fetchValue(connection, SEND_BYTES, [['body', TYPES.VarBinary, LARGE_BODY]]);
    const body = await fetchValue(connection, 'RECEIVE TOP (1) message_body FROM dbo.ReceiverQueue');
    expect(LARGE_BODY.equals(body), `received ${body?.length} bytes`);
    connection.close();
  },

  async cancel() {
    const waiting = await connect(CANCEL_AFTER_MILLISECONDS);
    const start = Date.now();
    const error = await caught(fetchValue(waiting, receive(60_000)));
    const took = Date.now() - start;
    expect(error?.code === 'ETIMEOUT', `the wait ended with ${error}`);
    expect(took < CANCELLED_WITHIN_MILLISECONDS, `the wait ended after ${took} ms`);
    expect((await fetchValue(waiting, 'SELECT 7')) === 7, 'the interrupted connection does not go on');
    await fetchValue(waiting, SEND);
    waiting.close();
    const other = await connect();
    const body = await fetchValue(other, receive(10_000));
    expect(body === 'kept', `received ${body}: the interrupted wait has taken the message`);
    other.close();
  },
};

async function main() {
  for (const [name, prove] of Object.entries(PROOFS)) {
    try {
      await prove();
      console.log(`PASS ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`FAIL ${name}: ${String(error.message ?? error).replaceAll('\n', ' ')}`);
      console.error(error);
    }
  }
  // Connections that a failed proof left open would keep the process alive.
  process.exit();
}

main();
