"""Proof: was the test set really held out? Answered from the files of a run, without Prefect.

`claims` lists what is claimed, numbered in the order in which it is checked; `verify` checks a run. The
strongest claims are replays: `replay` computes a product again from its inputs, `refit` does so for what is
fitted, and `compare` says how like the two are. `batch` does all of it in one go, and `outcome` says what it
comes to, by what `environments` says of where the run was made. Results are data; only the command line turns
them into an exit status. `audit` asks the same of any two tables, where there is no run.
"""

from evenkeel.proof.claims import CLAIMS, Claim, Outcome
from evenkeel.proof.verify import Verdict, check_records, verify

__all__ = ["CLAIMS", "Claim", "Outcome", "Verdict", "check_records", "verify"]
