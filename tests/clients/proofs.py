"""The proofs that every Python client makes, over what DB-API clients have in common."""

import sys
import time
import traceback

SEND = """
DECLARE @handle uniqueidentifier;
BEGIN DIALOG CONVERSATION @handle
    FROM SERVICE Sender TO SERVICE 'Receiver', 'CURRENT DATABASE'
    WITH ENCRYPTION = OFF;
SEND ON CONVERSATION @handle (N'kept');
"""

SEND_BYTES = """
DECLARE @handle uniqueidentifier;
BEGIN DIALOG CONVERSATION @handle
    FROM SERVICE Sender TO SERVICE 'Receiver', 'CURRENT DATABASE'
    WITH ENCRYPTION = OFF;
SEND ON CONVERSATION @handle ({placeholder});
"""

# 5 MiB, every byte value.
LARGE_BODY = bytes(range(256)) * 20_480

RECEIVE = """
WAITFOR (
    RECEIVE TOP (1) CAST(message_body AS nvarchar(max)) AS body FROM dbo.ReceiverQueue
), TIMEOUT {milliseconds};
"""

# What a client's query timeout is set to, and how soon after it the wait must have ended.
CANCEL_AFTER_SECONDS = 2
CANCELLED_WITHIN_SECONDS = 15


def receive(milliseconds):
    """The text of a WAITFOR (RECEIVE …)."""
    return RECEIVE.format(milliseconds=milliseconds)


class Client:
    """What differs between clients; each program subclasses it."""

    #: How the client writes a parameter.
    placeholder = "?"

    def __init__(self, host, port, password, database):
        self.host, self.port, self.password, self.database = host, int(port), password, database

    #: What makes a parameter of bytes.
    binary = bytes

    def connect(self, autocommit=False, query_timeout=None):
        """A new DB-API connection."""
        raise NotImplementedError

    def says_divide_by_zero(self, error):
        """Whether the exception is the server's error 8134."""
        raise NotImplementedError


def prove_connect(client):
    client.connect().close()


def prove_version(client):
    version = fetch_value(client.connect(), "SELECT @@VERSION")
    assert isinstance(version, str) and version, f"@@VERSION is {version!r}"


def prove_parameters(client):
    connection = client.connect()
    binary = client.binary(b"\x00\xff")
    for value, cast in [(42, "int"), ("Grüße, €, 漢字", "nvarchar(50)"), (binary, "varbinary(10)"), (None, "int")]:
        seen = fetch_value(connection, f"SELECT CAST({client.placeholder} AS {cast})", (value,))
        assert seen == value, f"sent {value!r}, received {seen!r}"
    connection.close()


def prove_rollback(client):
    connection = client.connect()
    connection.cursor().execute("INSERT INTO dbo.Marks (mark) VALUES (1)")
    connection.rollback()
    assert count_marks(connection, 1) == 0, "the row is still there"
    connection.close()


def prove_commit(client):
    connection = client.connect()
    connection.cursor().execute("INSERT INTO dbo.Marks (mark) VALUES (2)")
    connection.commit()
    connection.close()
    assert count_marks(client.connect(), 2) == 1, "another connection does not see the row"


def prove_error(client):
    connection = client.connect()
    try:
        fetch_value(connection, "SELECT 1/0")
    except Exception as error:  # Each client has exceptions of its own.
        assert client.says_divide_by_zero(error), f"another error came: {error!r}"
    else:
        raise AssertionError("no error came")
    connection.rollback()
    assert fetch_value(connection, "SELECT 7") == 7, "the connection does not go on"
    connection.close()


def prove_large(client):
    connection = client.connect(autocommit=True)
    send = SEND_BYTES.format(placeholder=client.placeholder)
    connection.cursor().execute(send, (client.binary(LARGE_BODY),))
    body = fetch_value(connection, "RECEIVE TOP (1) message_body FROM dbo.ReceiverQueue")
    assert body == LARGE_BODY, f"received {len(body) if body else body} bytes"
    connection.close()


def prove_cancel(client):
    waiting = client.connect(autocommit=True, query_timeout=CANCEL_AFTER_SECONDS)
    start = time.monotonic()
    try:
        waiting.cursor().execute(receive(60_000))
    except Exception:  # The timeout, in each client's own words.
        pass
    else:
        raise AssertionError("the wait was not interrupted")
    took = time.monotonic() - start
    assert took < CANCELLED_WITHIN_SECONDS, f"the wait ended after {took:.0f} s"
    other = client.connect(autocommit=True)
    other.cursor().execute(SEND)
    body = fetch_value(other, receive(10_000))
    assert body == "kept", f"received {body!r}: the interrupted wait has taken the message"


PROOFS = [
    ("connect", prove_connect),
    ("version", prove_version),
    ("parameters", prove_parameters),
    ("rollback", prove_rollback),
    ("commit", prove_commit),
    ("error", prove_error),
    ("large", prove_large),
    ("cancel", prove_cancel),
]


def fetch_value(connection, query, parameters=None):
    """The first value of the first row; None when there is no row."""
    cursor = connection.cursor()
    if parameters is None:
        cursor.execute(query)
    else:
        cursor.execute(query, parameters)
    row = cursor.fetchone()
    return row[0] if row else None


def count_marks(connection, mark):
    return fetch_value(connection, f"SELECT COUNT(*) FROM dbo.Marks WHERE mark = {mark}")


def main(client_class):
    """Makes every proof, each on connections of its own; the exit code is 1 when one fails."""
    client = client_class(*sys.argv[1:5])
    failed = False
    for name, prove in PROOFS:
        try:
            prove(client)
            print(f"PASS {name}", flush=True)
        except Exception as error:  # A proof that fails must not hide the others.
            failed = True
            reason = str(error).replace("\n", " ") or type(error).__name__
            print(f"FAIL {name}: {reason}", flush=True)
            traceback.print_exc()
    sys.exit(1 if failed else 0)
