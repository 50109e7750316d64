"""pymssql: FreeTDS, which encrypts the login only."""

import pymssql

import proofs


class Pymssql(proofs.Client):
    placeholder = "%s"

    def connect(self, autocommit=False, query_timeout=None):
        return pymssql.connect(
            server=self.host,
            port=str(self.port),
            user="sa",
            password=self.password,
            database=self.database,
            autocommit=autocommit,
            timeout=query_timeout or 0,
            login_timeout=15,
        )

    def says_divide_by_zero(self, error):
        first = error.args[0] if error.args else None
        number = first[0] if isinstance(first, tuple) else first
        return number == 8134


if __name__ == "__main__":
    proofs.main(Pymssql)
