"""Whom the processes of tests trust: one certificate, which is read sooner than all of them."""

from pathlib import Path

import certifi

END = "-----END CERTIFICATE-----\n"


def one_certificate(folder: Path) -> str:
    """A file for SSL_CERT_FILE: each client reads it, of which tests make thousands, and none of them speaks TLS."""
    one = certifi.contents().partition(END)[0] + END
    file = folder / "one.pem"
    file.write_text(one[one.index("-----BEGIN") :])
    return str(file)
