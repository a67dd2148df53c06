#!/usr/bin/env python3
"""Replays through boto3, against a local AWS, the scenarios of which AWS's own answers were recorded.

    python3 replay.py --aircon bin/aircon DIRECTORY [--only TEXT]

DIRECTORY holds a file for each service, such as kms.json: {scenario: {"answers": {step: answer}, "recorded": date}}. The module
scenarios/kms.py has a function for each scenario, named like it (what stands in brackets behind a name is play.parameter), and makes
the calls that the steps' names and answers tell. Every step has to be made, and every answer to be equal as answers.py says. A scenario
without a function is a failure. Exit status 0 when all are equal.
"""

import argparse
import importlib
import json
import pathlib
import sys
import time

import botocore.exceptions

import answers
import local
import rotator


class Play:
    """One scenario under way."""

    def __init__(self, aws, parameter, recorded):
        self.aws, self.parameter, self.recorded = aws, parameter, recorded
        self.bound, self.made, self.differences = {}, [], []

    def step(self, name, call, *, member=None, **arguments):
        """Makes the call, compares its answer, or one member of it, with the step's, and returns the answer."""
        try:
            got = call(**arguments)
        except botocore.exceptions.ClientError as e:
            got = str(e) if isinstance(self.recorded.get(name), str) else e.response
        self.compare(name, got[member] if member else got)
        return got

    def compare(self, name, got):
        self.made.append(name)
        if name not in self.recorded:
            self.differences.append(f"{name}: no such step was recorded")
            return
        recorded = self.recorded[name]
        if isinstance(got, dict) and "ResponseMetadata" not in recorded:
            got = {key: value for key, value in got.items() if key != "ResponseMetadata"}
        if isinstance(got, dict) and isinstance(recorded, dict) and ("Error" in got) != ("Error" in recorded):
            self.differences.append(f"{name}: AWS answered {recorded}, and here it is {got.get('Error', got)}")
            return
        lines, self.bound = answers.compare(recorded, got, self.bound)
        self.differences += [name + line for line in lines]

    def refused(self, call, **arguments):
        """Makes a call that was not recorded and has to be refused."""
        try:
            call(**arguments)
        except botocore.exceptions.ClientError:
            return
        self.differences.append(f"{call.__name__}: it was not refused")

    def until(self, what, condition):
        """Waits until the condition holds."""
        end = time.monotonic() + 30
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come within 30 s")
            time.sleep(0.01)


def replay(service, name, recorded, aws):
    """Plays one scenario and returns how many answers were compared, and the differences."""
    base, _, parameter = name.removesuffix("]").partition("[")
    scene = getattr(importlib.import_module(f"scenarios.{service}"), base, None)
    if not scene:
        return 0, ["no function replays it"]
    play = Play(aws, parameter, recorded)
    try:
        scene(play)
    except Exception as e:  # whatever it is, the scenario was not replayed
        play.differences.append(f"after {len(play.made)} steps: {type(e).__name__}: {e}")
    play.differences += [f"{step}: the step was not made" for step in play.recorded if step not in play.made]
    return len(play.made), play.differences


def replay_file(path, only, aws):
    """Plays a service's scenarios and returns how many there are, how many answers were compared, and how many scenarios failed."""
    recordings = {name: r["answers"] for name, r in json.loads(path.read_text()).items() if only in name}
    compared, failed = 0, 0
    for name, recorded in recordings.items():
        made, differences = replay(path.stem, name, recorded, aws)
        compared += made
        failed += bool(differences)
        for line in differences:
            print(f"{path.stem}: {name}: {line}")
    print(f"{path.stem}: {len(recordings)} scenarios, {compared} answers compared, {failed} scenarios differ")
    return len(recordings), compared, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--aircon", required=True)
    parser.add_argument("--only", default="", help="replay the scenarios with this text in their names")
    parser.add_argument("directory", type=pathlib.Path)
    arguments = parser.parse_args()
    files = sorted(arguments.directory.glob("*.json"))
    if not files:
        sys.exit(f"there are no recordings in {arguments.directory}")
    rotated = []
    with rotator.started(rotated) as url, local.started(arguments.aircon, local.ACCOUNT, "--rotator", f"{local.ROTATOR}={url}") as aws:
        rotated.append(aws)
        scenarios, compared, failed = map(sum, zip(*(replay_file(path, arguments.only, aws) for path in files)))
    print(f"{scenarios} scenarios replayed through boto3, {compared} answers compared: {scenarios - failed} passed, {failed} failed")
    sys.exit(failed > 0 or scenarios == 0)


if __name__ == "__main__":
    main()
