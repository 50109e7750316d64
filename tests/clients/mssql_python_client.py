"""mssql-python: Microsoft ODBC Driver 18, encrypted by default."""

import mssql_python

import proofs

# Each proof wants a connection that has seen nothing yet.
mssql_python.pooling(enabled=False)


class MssqlPython(proofs.Client):
    placeholder = "?"

    def connect(self, autocommit=False, query_timeout=None):
        connection = mssql_python.connect(
            f"Server={self.host},{self.port};UID=sa;PWD={{{self.password}}};"
            f"Database={self.database};TrustServerCertificate=yes",
            autocommit=autocommit,
        )
        if query_timeout is not None:
            connection.timeout = query_timeout
        return connection

    def says_divide_by_zero(self, error):
        # The driver keeps the number to itself.
        return "Divide by zero error encountered." in str(error)


if __name__ == "__main__":
    proofs.main(MssqlPython)
