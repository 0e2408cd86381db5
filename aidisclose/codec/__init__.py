"""Encodings as such: CBOR, JUMBF, COSE and DER, without any meaning of C2PA."""
