"""Signatures: an Ed25519 key, and DSSE envelopes that openssl alone can check.

The key is the file that EVENKEEL_KEY names (PEM, PKCS #8, for example of `openssl genpkey -algorithm
ed25519`), or one that is made on first use in the user's configuration folder, readable by its owner alone.

An envelope (https://github.com/secure-systems-lab/dsse) holds a payload, its type, and signatures over both.
The key id in it is a hint for people and for in-toto; what is trusted is the key that the caller brings.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import functools
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from evenkeel.canonical import json_bytes, sha256
from evenkeel.errors import EvenkeelError

VARIABLE = "EVENKEEL_KEY"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
HOW_TO_MAKE_ONE = "openssl genpkey -algorithm ed25519 -out key.pem && chmod 600 key.pem"


class Unsigned(EvenkeelError):
    """Data that is not what the expected key signed."""

    exit_status = 4


@dataclass(frozen=True)
class PublicKey:
    """A key that checks signatures."""

    raw: bytes

    @classmethod
    def of_pem(cls, data: bytes, where: object = "the key") -> PublicKey:
        """The key in a PEM file; of a private key, its public half."""
        with contextlib.suppress(ValueError, TypeError, UnsupportedAlgorithm):
            loaded = load_pem_private_key(data, None) if b"PRIVATE" in data else load_pem_public_key(data)
            if isinstance(loaded, Ed25519PrivateKey):
                loaded = loaded.public_key()
            if isinstance(loaded, Ed25519PublicKey):
                return cls(loaded.public_bytes(Encoding.Raw, PublicFormat.Raw))
        raise EvenkeelError(
            f"Expected an Ed25519 key in PEM form in {where}, got something else. "
            f"Next: {HOW_TO_MAKE_ONE}; its public half: openssl pkey -in key.pem -pubout -out key.pub"
        )

    @property
    def pem(self) -> bytes:
        """The key as a PEM file."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)

    @property
    def described(self) -> dict[str, Any]:
        """The key as in-toto's layouts hold it."""
        return {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": self.raw.hex()}}

    @property
    def keyid(self) -> str:
        """The id that in-toto gives this key."""
        return sha256(json_bytes(self.described).rstrip(b"\n"))

    def payload(self, envelope: bytes) -> bytes:
        """What this key signed; `Unsigned` if the envelope is malformed or its signature is another's."""
        kind, payload, signatures = _parts(envelope)
        for signature in signatures:
            with contextlib.suppress(InvalidSignature):
                self._key.verify(signature, pre_authentication(kind, payload))
                return payload
        raise Unsigned(f"Expected a signature by key {self.keyid[:12]}, got none that holds.")


@dataclass(frozen=True)
class SigningKey:
    """A key that signs."""

    key: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """Its public half."""
        return PublicKey(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def envelope(self, payload: bytes) -> bytes:
        """A DSSE envelope around `payload`, which is JSON of in-toto's making, as canonical JSON."""
        signature = self.key.sign(pre_authentication(PAYLOAD_TYPE, payload))
        signed = [{"keyid": self.public.keyid, "sig": base64.b64encode(signature).decode()}]
        text = base64.b64encode(payload).decode()
        return json_bytes({"payload": text, "payloadType": PAYLOAD_TYPE, "signatures": signed})


def pre_authentication(kind: str, payload: bytes) -> bytes:
    """The bytes that are signed: DSSE's encoding of type and payload."""
    return b"DSSEv1 %d %b %d %b" % (len(kind.encode()), kind.encode(), len(payload), payload)


def unchecked_payload(envelope: bytes) -> bytes:
    """The payload of an envelope, whoever signed it."""
    return _parts(envelope)[1]


def is_envelope(value: Any) -> bool:
    """Whether some JSON is a DSSE envelope."""
    return isinstance(value, dict) and "payloadType" in value


def key_path() -> Path:
    """Where the signing key lies, or would lie."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "evenkeel" / "key.pem"


def read_public(path: Path) -> PublicKey:
    """The public key in a file, or the public half of a private one."""
    if not path.is_file():
        raise EvenkeelError(f"Expected a key file at {path}, got none. Next: the run's own is its key.pub.")
    return PublicKey.of_pem(path.read_bytes(), path)


def own_key() -> SigningKey:
    """The key of this machine's user, made on first use unless EVENKEEL_KEY names one."""
    path = key_path()
    if not path.exists():
        if os.environ.get(VARIABLE):
            raise EvenkeelError(
                f"Expected a signing key at {path} ({VARIABLE}), got none. Next: {HOW_TO_MAKE_ONE}"
            )
        make(path)
    return _load(path, _stamp(path))


@functools.lru_cache(maxsize=4)
def _load(path: Path, _stamp: tuple[int, ...]) -> SigningKey:
    if os.name == "posix" and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
        raise EvenkeelError(
            f"Expected the signing key {path} to be readable by its owner alone, got mode {mode:04o}. "
            f"Next: chmod 600 {path}"
        )
    data = path.read_bytes()
    with contextlib.suppress(ValueError, TypeError, UnsupportedAlgorithm):
        loaded = load_pem_private_key(data, None)
        if isinstance(loaded, Ed25519PrivateKey):
            return SigningKey(loaded)
    raise EvenkeelError(
        f"Expected a private Ed25519 key in PEM form, without a password, in {path}, got something else. "
        f"Next: {HOW_TO_MAKE_ONE}"
    )


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return (found.st_ino, found.st_mtime_ns, found.st_mode)


def make(path: Path) -> None:
    """Write a new key whole; of several that make one at the same time, one wins."""
    data = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    except OSError as error:
        raise EvenkeelError(
            f"Cannot make a signing key at {path}: {error.strerror}. Next: name one by {VARIABLE}."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _parts(envelope: bytes) -> tuple[str, bytes, list[bytes]]:
    """Type, payload and signatures; base64 is read strictly, so that no two texts mean the same bytes."""
    try:
        read = json.loads(envelope)
        payload = base64.b64decode(read["payload"], validate=True)
        signatures = [base64.b64decode(each["sig"], validate=True) for each in read["signatures"]]
        return str(read["payloadType"]), payload, signatures
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise Unsigned(f"Expected a DSSE envelope, got something else: {error!r}.") from error
