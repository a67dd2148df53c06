"""The recorded scenarios of STS."""

import json

import local


def test_assume_role_tag_validation(play):
    name = local.unique("role")
    statement = {"Effect": "Allow", "Principal": {"AWS": local.ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = play.step("role-1", play.aws.iam.create_role, RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    session = {"RoleArn": arn, "RoleSessionName": "session"}
    play.step(
        "duplicate-tag-keys-different-casing",
        play.aws.sts.assume_role,
        **session,
        Tags=[{"Key": "name", "Value": "a"}, {"Key": "NAME", "Value": "b"}],
    )
    play.step(
        "invalid-transitive-tag-keys",
        play.aws.sts.assume_role,
        **session,
        Tags=[{"Key": "name", "Value": "a"}],
        TransitiveTagKeys=["other"],
    )


def test_sts_invalid_parameters(play):
    role = f"arn:aws:iam::{local.ACCOUNT}:role/nobody"
    for step, arn, session in (
        ("invalid-session-name", role, "Session1:2"),
        ("malformed-arn", "nothing-valid-in-here", "session"),
        ("no-partition", "arn::b:::something/test-role", "session"),
        ("not-enough-colons", "arn:a:::something/test-role", "session"),
        ("no-service", "arn:a::::something/test-role", "session"),
        ("no-resource", "arn:a:a::aaaaaaaaaa:", "session"),
    ):
        play.step(step, play.aws.sts.assume_role, RoleArn=arn, RoleSessionName=session)
