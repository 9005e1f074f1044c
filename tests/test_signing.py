"""Signing: one key, kept to its owner; what it signed is told from everything else."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel import signing
from evenkeel.canonical import json_bytes
from evenkeel.errors import EvenkeelError
from evenkeel.signing import PublicKey, SigningKey, Unsigned, own_key, pre_authentication, read_public

PAYLOAD = b'{"a":1}\n'


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a key is made on first use."""
    monkeypatch.delenv(signing.VARIABLE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "evenkeel" / "key.pem"


def other_key() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate())


# the key


def test_a_key_is_made_on_first_use_for_its_owner_alone(home: Path) -> None:
    made = own_key()
    assert stat.S_IMODE(home.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o700
    assert own_key().public == made.public
    assert [path.name for path in home.parent.iterdir()] == ["key.pem"]


def test_the_mode_of_a_new_key_does_not_depend_on_the_umask(home: Path) -> None:
    before = os.umask(0)
    try:
        own_key()
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604, 0o666])
def test_a_key_that_others_can_read_or_write_is_refused(home: Path, mode: int) -> None:
    own_key()
    home.chmod(mode)
    with pytest.raises(EvenkeelError, match=rf"owner alone, got mode {mode:04o}\. Next: chmod 600"):
        own_key()
    home.chmod(0o600)
    assert own_key()


def test_a_key_that_is_named_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(signing.VARIABLE, str(tmp_path / "none.pem"))
    with pytest.raises(EvenkeelError, match=r"EVENKEEL_KEY\), got none\. Next: openssl genpkey"):
        own_key()
    assert list(tmp_path.iterdir()) == []


def test_the_key_that_is_named_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one.pem", "two.pem"):
        signing.make(tmp_path / name)
    keys = []
    for name in ("one.pem", "two.pem", "one.pem"):
        monkeypatch.setenv(signing.VARIABLE, str(tmp_path / name))
        keys.append(own_key().public)
    assert keys[0] == keys[2] != keys[1]


def test_a_key_that_was_replaced_is_read_again(home: Path) -> None:
    first = own_key().public
    home.unlink()
    signing.make(home)
    assert own_key().public != first


@pytest.mark.parametrize(
    "content", [b"", b"junk", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused(home: Path, content: bytes) -> None:
    home.parent.mkdir(parents=True)
    home.touch(0o600)
    home.write_bytes(content)
    with pytest.raises(EvenkeelError, match=r"Expected a private Ed25519 key in PEM form.*Next: "):
        own_key()


@pytest.mark.parametrize(
    "command", ["genpkey -algorithm x25519", "genpkey -algorithm ed25519 -aes256 -pass pass:x"]
)
def test_another_kind_of_key_or_one_with_a_password_is_refused(
    home: Path, tool: Callable[[str], str], command: str
) -> None:
    home.parent.mkdir(parents=True)
    subprocess.run([tool("openssl"), *command.split(), "-out", home], check=True, capture_output=True)
    home.chmod(0o600)
    with pytest.raises(EvenkeelError, match="without a password"):
        own_key()


def test_a_key_that_openssl_made_signs_and_its_public_half_checks(
    home: Path, tool: Callable[[str], str]
) -> None:
    openssl, public = tool("openssl"), home.parent / "key.pub"
    home.parent.mkdir(parents=True)
    subprocess.run([openssl, "genpkey", "-algorithm", "ed25519", "-out", home], check=True)
    home.chmod(0o600)
    subprocess.run([openssl, "pkey", "-in", home, "-pubout", "-out", public], check=True)
    assert read_public(public) == own_key().public == read_public(home)
    assert own_key().public.pem == public.read_bytes()
    assert read_public(public).payload(own_key().envelope(PAYLOAD)) == PAYLOAD


def test_of_many_that_make_a_key_at_once_all_get_the_same(home: Path) -> None:
    together = threading.Barrier(8)

    def make_and_read(_: int) -> PublicKey:
        together.wait()
        signing.make(home)
        return own_key().public

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(make_and_read, range(8)))
    assert len(keys) == 1
    assert [path.name for path in home.parent.iterdir()] == ["key.pem"]


def test_a_key_that_cannot_be_made_is_an_error_for_a_person(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(EvenkeelError, match=r"Cannot make a signing key at .*Next: name one by EVENKEEL_KEY"):
        signing.make(tmp_path / "file" / "key.pem")


@pytest.mark.parametrize("content", [None, b"", b"junk"])
def test_a_public_key_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key.pub"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EvenkeelError, match=r"Expected .*key.*Next: "):
        read_public(path)


# envelopes


@settings(max_examples=30, deadline=None)
@given(payload=st.binary(max_size=200))
def test_what_was_signed_comes_back(key: SigningKey, payload: bytes) -> None:
    assert key.public.payload(key.envelope(payload)) == payload
    assert signing.unchecked_payload(key.envelope(payload)) == payload


def test_the_bytes_that_are_signed_are_those_of_dsse() -> None:
    assert pre_authentication("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pre_authentication("ü", b"") == "DSSEv1 2 ü 0 ".encode()


def edited(envelope: bytes, **changes: Any) -> bytes:
    return json_bytes(json.loads(envelope) | changes)


TAMPERED: dict[str, Callable[[bytes, SigningKey], bytes]] = {
    "payload": lambda e, _: edited(e, payload=base64.b64encode(b'{"a":2}\n').decode()),
    "type": lambda e, _: edited(e, payloadType="application/json"),
    "signature": lambda e, _: edited(
        e, signatures=[{"keyid": "", "sig": base64.b64encode(bytes(64)).decode()}]
    ),
    "no signature": lambda e, _: edited(e, signatures=[]),
    "a short signature": lambda e, _: edited(e, signatures=[{"keyid": "", "sig": "AAAA"}]),
    "another's, under the expected key's id": lambda e, key: edited(
        other_key().envelope(PAYLOAD),
        signatures=[
            {**json.loads(other_key().envelope(PAYLOAD))["signatures"][0], "keyid": key.public.keyid}
        ],
    ),
    "a signature for another payload": lambda e, key: edited(
        e, signatures=json.loads(key.envelope(b"other"))["signatures"]
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_an_envelope_that_was_tampered_with_is_unsigned(key: SigningKey, what: str) -> None:
    with pytest.raises(Unsigned, match="got none that holds"):
        key.public.payload(TAMPERED[what](key.envelope(PAYLOAD), key))


def test_the_id_of_a_key_in_an_envelope_decides_nothing(key: SigningKey) -> None:
    signature = json.loads(key.envelope(PAYLOAD))["signatures"][0]
    for keyid in ("", "0" * 64, other_key().public.keyid):
        assert (
            key.public.payload(edited(key.envelope(PAYLOAD), signatures=[signature | {"keyid": keyid}]))
            == PAYLOAD
        )


def test_one_of_several_signatures_is_enough(key: SigningKey) -> None:
    both = [json.loads(each.envelope(PAYLOAD))["signatures"][0] for each in (other_key(), key)]
    assert key.public.payload(edited(key.envelope(PAYLOAD), signatures=both)) == PAYLOAD


@pytest.mark.parametrize(
    "text",
    ["eyJhIjoxfQo", "eyJhIjoxfQo=\n", " eyJhIjoxfQo=", "eyJh!IjoxfQo=", "eyJhIjoxfQo=eyJh", "é", 1, None],
)
@pytest.mark.parametrize("field", ["payload", "sig"])
def test_base64_is_read_strictly(key: SigningKey, field: str, text: object) -> None:
    signature = json.loads(key.envelope(PAYLOAD))["signatures"][0]
    changes = {"payload": text} if field == "payload" else {"signatures": [signature | {"sig": text}]}
    with pytest.raises(Unsigned, match="Expected a DSSE envelope"):
        key.public.payload(edited(key.envelope(PAYLOAD), **changes))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b"\xff", b'{"payload":"","payloadType":""}', b'"x"']
)
def test_what_is_no_envelope_is_unsigned(key: SigningKey, data: bytes) -> None:
    with pytest.raises(Unsigned, match="Expected a DSSE envelope"):
        key.public.payload(data)
    with pytest.raises(Unsigned):
        signing.unchecked_payload(data)


def test_two_keys_are_told_apart(key: SigningKey) -> None:
    other = other_key()
    with pytest.raises(Unsigned):
        other.public.payload(key.envelope(PAYLOAD))
    assert other.public.keyid != key.public.keyid
    assert PublicKey.of_pem(key.public.pem) == key.public
