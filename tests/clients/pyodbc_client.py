"""pyodbc: Microsoft ODBC Driver 18 again, driven by an application that prepares its statements."""

from pathlib import Path

import mssql_python_odbc
import pyodbc

import proofs

# Each proof wants a connection that has seen nothing yet.
pyodbc.pooling = False

LIBRARIES = Path(mssql_python_odbc.__file__).parent / "libs/linux/debian_ubuntu/x86_64/lib"
DRIVER = next(LIBRARIES.glob("libmsodbcsql-18*"))


class Pyodbc(proofs.Client):
    placeholder = "?"

    def connect(self, autocommit=False, query_timeout=None):
        connection = pyodbc.connect(
            f"DRIVER={DRIVER};SERVER={self.host},{self.port};UID=sa;PWD={{{self.password}}};"
            f"DATABASE={self.database};TrustServerCertificate=yes",
            autocommit=autocommit,
        )
        connection.timeout = query_timeout or 0
        return connection

    def says_divide_by_zero(self, error):
        return "(8134)" in str(error)


if __name__ == "__main__":
    proofs.main(Pyodbc)
