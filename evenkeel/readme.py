"""The README.txt of a certificate: what it is, what it shows, and four ways to check it."""

from __future__ import annotations

from evenkeel import __version__
from evenkeel.signing import PublicKey

HEAD = """\
The certificate of run {run}, exported by Evenkeel {version}.

It says how a model was made and judged: which rows were split off for the test before anything was fitted,
what every step read and wrote, what was looked at, and what came out (runs/{run}/report.html).
"""

WITH_OBJECTS = """
objects/ and sealed/ hold every table, model and prediction of the run, test rows included. Whoever has this
folder has the data.
"""

WITHOUT_OBJECTS = """
Tables, models and predictions were left out, so what needs them cannot be checked here: that the rows were
split, resampled and judged as the records say. What was read by which step, the signatures and the looks can.

It is not free of data all the same. report.html and report.json show, for every strategy, up to three
synthetic rows beside their real parents, and up to 1,500 train rows as points: of two features themselves, of
more as two principal components. They and the records also name columns, classes, counts, and up to ten ids
of rows that failed a check. looks/ names the strategies of earlier looks at the same table.
"""

FOUR_WAYS = """
Four ways to check it
---------------------
Get the public key of whoever signed it from them, not from here: the key in this folder only says that all of
it was signed by one key ({keyid}).

1. All claims, with replays (https://pypi.org/project/evenkeel), in this folder:

evenkeel verify . --key THEIR.pub

2. What each step read and wrote, by the stock tool of in-toto (pip install in-toto), without Evenkeel:

cd runs/{run}/in-toto
in-toto-verify --layout root.layout --verification-keys ../key.pub

3. A signature, by openssl 3 alone. Signed is "DSSEv1", then length and text of type and payload:

cd runs/{run}
python3 - certificate.json <<'END'
import base64, json, sys
envelope = json.load(open(sys.argv[1]))
kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
open("/tmp/signed", "wb").write(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
open("/tmp/signature", "wb").write(base64.b64decode(envelope["signatures"][0]["sig"]))
END
openssl pkeyutl -verify -pubin -inkey key.pub -rawin -in /tmp/signed -sigfile /tmp/signature

   And the files, by `sha256sum -c SHA256SUMS` there{sums}.

4. One short script that needs Python and openssl, and that you can read through: docs/check_certificate.py of
   Evenkeel's source. Take it from there: what is checked should not bring its own checker.

python3 check_certificate.py . THEIR.pub

docs/certificate.md of the source describes the format, down to the last byte.
"""

ONE_WAY = """
To check it, in this folder (it is of format 1, which was not signed):

evenkeel verify .
cd runs/{run} && sha256sum -c SHA256SUMS
"""


def readme(run: str, key: PublicKey | None, *, objects: bool) -> str:
    """The text for a run that was signed by `key`, if at all, with its objects or without."""
    ways = FOUR_WAYS if key else ONE_WAY
    sums = "" if objects else " (it misses the objects that were left out)"
    filled = {"run": run, "version": __version__, "keyid": key.keyid[:12] if key else "", "sums": sums}
    return (HEAD + (WITH_OBJECTS if objects else WITHOUT_OBJECTS) + ways).format(**filled)
