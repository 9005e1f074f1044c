"""Check an exported certificate of Evenkeel's with nothing but Python and openssl.
Usage: python check_certificate.py FOLDER [PUBLIC_KEY.pem]; one line per check; exit status 0 if all hold.
Nothing is done again here: `evenkeel verify` replays the split, the resampling and the figures.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

FITS = {"preprocess", "tune", "resample", "train", "decide", "xray"}
MAY = {"tune", "compare", "explain", "diagnose", "xray"}  # a run is complete without these
STAGES = ({"ingest", "validate", "split", *FITS, "evaluate", "report", *MAY}, {"ingest", "validate", *MAY})
EARLIER = {("split", "earlier_train"), ("split", "earlier_test")}  # made by the run that is continued


def expect(holds, problem):
    if not holds:
        raise ValueError(problem)


def envelope(path):
    read = json.loads(path.read_bytes())
    texts = (read["payload"], read["signatures"][0]["sig"])
    return read["payloadType"].encode(), *(base64.b64decode(text, validate=True) for text in texts)


def refs(listed):
    return {each["name"]: (each["digest"]["sha256"], each["annotations"].get("content")) for each in listed}


class Step:
    def __init__(self, payload):
        self.digest, said = hashlib.sha256(payload).hexdigest(), json.loads(payload)
        run, definition = said["predicate"]["runDetails"], said["predicate"]["buildDefinition"]
        asked, self.inside = definition["externalParameters"], definition["internalParameters"]
        self.stage, self.name = asked["stage"], f"{asked['stage']} {asked['subject']}"
        self.place = (run["metadata"]["invocationId"], asked["config"]["digest"]["sha256"])
        self.place += (self.inside["number"], self.inside["previous"])
        self.reads, self.writes = map(refs, (definition["resolvedDependencies"], said["subject"]))


class Certificate:
    def __init__(self, temporary, root, key=None):
        self._temporary, self._root, self._key = Path(temporary), Path(root).resolve(), key
        (self._folder,) = (path for path in (self._root / "runs").iterdir() if path.is_dir())
        found = [path for path in self._folder.rglob("*") if path.is_file()]
        self._files = {path.relative_to(self._folder).as_posix(): path for path in sorted(found)}
        signed = [n for n in self._files if n == "certificate.json" or n.startswith(("records/", "in-toto/"))]
        self._signed = {name: envelope(self._files[name]) for name in signed}
        self._steps = [Step(self._signed[name][1]) for name in signed if name.startswith("records/")]

    def _of(self, *stages):
        return [step for step in self._steps if step.stage in stages]

    def _digest(self, name):
        return hashlib.sha256((self._folder / name).read_bytes()).hexdigest()

    def files_are_those_that_were_sealed(self):
        lines = [line.split("  ", 1) for line in self._files["SHA256SUMS"].read_text().splitlines()]
        objects = {name: digest for digest, name in lines if name.startswith("../")}
        inside = {name for _, name in lines} - set(objects)
        expect(set(self._files) == inside | {"SHA256SUMS"}, "a file is missing, or there but not listed")
        named = {ref[0] for s in self._steps for ref in [*s.reads.values(), *s.writes.values()]}
        expect(set(objects.values()) == named, "the listed objects are not those that the records name")
        left_out = (self._root / "OBJECTS-LEFT-OUT.txt").exists()
        there = {name for name in objects if (self._folder / name).exists()}
        expect(
            len(there) == (not left_out) * len(objects), f"{len(there)} of {len(objects)} objects are there"
        )
        wrong = [n for d, n in lines if n in inside | there and self._digest(n) != d]
        expect(not wrong, f"changed: {wrong}")
        return f"{len(inside | there)} files hash to their digests; left out: {len(objects) - len(there)}"

    def all_is_signed_by_one_key(self):
        own, data = self._files["key.pub"], [self._temporary / "signed", self._temporary / "signature"]
        expect(Path(self._key or own).read_text().split() == own.read_text().split(), "it is another key")
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", own, "-rawin", "-in", data[0]]
        for name, (kind, payload, signature) in self._signed.items():
            data[0].write_bytes(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
            data[1].write_bytes(signature)
            done = subprocess.run([*command, "-sigfile", data[1]], capture_output=True)
            expect(done.returncode == 0, f"the signature of {name} does not hold")
        return f"{len(self._signed)} by {'the key expected' if self._key else 'a key; whose, is not known'}"

    def records_follow_from_one_another(self):
        previous, made = None, set()
        for number, step in enumerate(self._steps, start=1):
            place = (self._folder.name, self._digest("config.json"), number, previous)
            expect(step.place == place, f"record {number} was signed for another place")
            read = {ref[0] for name, ref in step.reads.items() if (step.stage, name) not in EARLIER}
            expect(read <= made, f"{step.name} read what no step made")
            previous, made = step.digest, made | {ref[0] for ref in step.writes.values()}
        expect({*MAY, *(step.stage for step in self._steps)} in STAGES, "stages are missing or unknown")
        return f"{len(self._steps)} in their places, each input made by an earlier one; {len(made)} artifacts"

    def test_rows_went_into_evaluation_alone(self):
        holders = (("ingest", "table"), ("split", "test"), ("evaluate", "predictions"))
        refs = [step.writes[output] for stage, output in holders for step in self._of(stage)]
        refs += [step.reads["earlier_test"] for step in self._of("split") if "earlier_test" in step.reads]
        closed = {digest for ref in refs for digest in ref if digest}
        for step in self._of(*FITS):
            expect(not any(closed & {*ref} for ref in step.reads.values()), f"{step.name} read test rows")
        tests = [step.writes["test"] for step in self._of("split")]
        other = [step.name for step in self._of("evaluate") if [step.reads["test"]] != tests]
        expect(not other, f"{other} read another test set than the split wrote")
        return f"none of {len(self._of(*FITS))} steps that fit something read any"

    def every_evaluation_is_a_counted_look(self):
        chain, looks, last = [None], [], 0
        for table in [step.reads["table"][1] for step in self._of("split")]:
            for number, path in enumerate(sorted((self._root / "looks" / table).glob("*.json")), start=1):
                looks.append(json.loads(path.read_bytes()))
                said = (looks[-1]["number"], looks[-1]["previous"], looks[-1]["intent"]["table"])
                expect(said == (number, chain[-1], table), f"look {number} is not in its place")
                chain.append(self._digest(path.resolve()))
        for step in self._of("evaluate"):
            last = max(last, number := step.inside["facts"]["look"]["number"])
            expect(chain[number] == step.inside["facts"]["look"]["digest"], f"look {number} is another")
            at = {"key": step.inside["key"], "test": step.reads["test"][1]}
            at |= {name: step.reads[name][0] for name in ("model", "decision")}
            expect(at.items() <= looks[number - 1]["intent"].items(), f"look {number} was at something else")
        tests = [look["intent"]["test"] for look in looks[:last]]
        mine = {step.reads["test"][1] for step in self._of("evaluate")}
        expect(set(tests[:1]) == mine, "there were looks at another test set of these rows before")
        return f"{sum(test in mine for test in tests)} looks at this test set by then, at no other before"

    def the_certificate_is_about_these_files(self):
        said = json.loads(self._signed["certificate.json"][1])
        files = {each["name"]: each["digest"]["sha256"] for each in said["subject"]}
        there = {n: self._digest(n) for n in self._files if n not in ("certificate.json", "SHA256SUMS")}
        expect((files, said["predicate"]["run"]) == (there, self._folder.name), "it is about others")
        failed = [claim["code"] for claim in said["predicate"]["claims"] if claim["outcome"] == "failed"]
        expect(not failed, f"it says itself that {failed} failed")
        return f"{len(files)} files, and {len(said['predicate']['claims'])} claims of which none failed"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        certificate, failed = Certificate(temporary, *sys.argv[1:3]), 0
        for name in [name for name in vars(Certificate) if not name.startswith("_")]:
            try:
                print(f"ok    {name.replace('_', ' ')}: {getattr(certificate, name)()}")
            except Exception as error:
                failed = print(f"FAIL  {name.replace('_', ' ')}: {error!r}") or 1
    sys.exit(failed)
