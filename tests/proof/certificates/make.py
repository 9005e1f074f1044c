"""Make the sample certificate of the present format; run it before a release that changes the format.

Usage: python tests/proof/certificates/make.py

The samples of earlier formats are never made again: that they still verify is what they are for.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evenkeel.export import export
from evenkeel.runs import FORMAT, find
from evenkeel.store import Store

HERE = Path(__file__).parent
# test 1 of RFC 8032, section 7.1: everybody has this key, so it can prove nothing
SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
CONFIG = """
name: small
source: {kind: synthetic, generator: moons, rows: 120, ratio: 0.25, params: {noise: 0.2}}
target: {column: target, positive: 1}
model: {kind: logistic}
strategies: [none, smote, random-under, {name: weights, class_weight: balanced}]
folds: 3
"""


def pack(folder: Path, archive: Path) -> None:
    """The files of a folder in one archive that depends on nothing else."""
    with tarfile.open(archive, "w:xz", preset=9) as tar:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            member.size, member.mode = path.stat().st_size, 0o644
            with path.open("rb") as file:
                tar.addfile(member, file)


def write_key(path: Path) -> None:
    """The key that signs samples, as a private PEM file."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SEED))
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def main() -> None:
    """Run the small config, export it and pack it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "small.yaml").write_text(CONFIG, encoding="utf-8")
        write_key(folder / "key.pem")
        os.environ["EVENKEEL_KEY"] = str(folder / "key.pem")
        from flows.train import train

        done = train.fn(str(folder / "small.yaml"), str(folder / "store"))
        export(find(Store(folder / "store"), done["run"]), folder / "out")
        archive = HERE / f"format{FORMAT}" / "small.tar.xz"
        archive.parent.mkdir(exist_ok=True)
        pack(folder / "out", archive)


if __name__ == "__main__":
    main()
