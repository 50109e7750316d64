"""python-tds: pure Python; encrypted once it is told which certificate to trust."""

import os
import socket
import ssl
import struct
import tempfile

import pytds

import proofs

PRELOGIN = 0x12
# VERSION 9.0, ENCRYPTION on.
PRELOGIN_REQUEST = bytes([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 9, 0, 0, 0, 0, 0, 1])


def send_packet(connection, payload):
    connection.sendall(struct.pack(">BBHHBB", PRELOGIN, 1, len(payload) + 8, 0, 1, 0) + payload)


def receive_exactly(connection, length):
    data = b""
    while len(data) < length:
        part = connection.recv(length - len(data))
        if not part:
            raise ConnectionError("the server closed the connection")
        data += part
    return data


def receive_packet(connection):
    header = receive_exactly(connection, 8)
    return receive_exactly(connection, struct.unpack(">H", header[2:4])[0] - 8)


def server_certificate(host, port):
    """The certificate of the server, in PEM, from a TLS handshake inside pre-login packets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=host)
    with socket.create_connection((host, port), timeout=15) as connection:
        send_packet(connection, PRELOGIN_REQUEST)
        receive_packet(connection)
        while True:
            try:
                tls.do_handshake()
                return ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True))
            except ssl.SSLWantReadError:
                if outgoing.pending:
                    send_packet(connection, outgoing.read())
                incoming.write(receive_packet(connection))


class PythonTds(proofs.Client):
    placeholder = "%s"
    # Plain bytes are taken for text.
    binary = pytds.Binary

    def __init__(self, *arguments):
        super().__init__(*arguments)
        handle, self.certificate = tempfile.mkstemp(suffix=".pem")
        with os.fdopen(handle, "w") as file:
            file.write(server_certificate(self.host, self.port))

    def connect(self, autocommit=False, query_timeout=None):
        return pytds.connect(
            self.host,
            port=self.port,
            user="sa",
            password=self.password,
            database=self.database,
            autocommit=autocommit,
            timeout=query_timeout,
            cafile=self.certificate,
            validate_host=False,
        )

    def says_divide_by_zero(self, error):
        return getattr(error, "number", None) == 8134


if __name__ == "__main__":
    proofs.main(PythonTds)
